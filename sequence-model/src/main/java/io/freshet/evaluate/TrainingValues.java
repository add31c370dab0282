package io.freshet.evaluate;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.Kernels.AdamStep;
import io.freshet.kernel.ScoringTable;
import io.freshet.model.Architecture;
import io.freshet.model.CounterRandom;
import java.util.List;

/**
 * What an architecture learns, in training by AdamW (betas 0.9 and 0.98, no decay): dense weights and embeddings of
 * items, which are numbers from 0. Lanes read them; one thread changes them between the lanes' steps.
 */
public final class TrainingValues {
    /** Copies of what is learned: dense weights {@code [P]}, embeddings {@code [V, D]}. */
    public record Weights(float[] dense, float[] rows) {}

    private final Architecture architecture;
    private final Device device;
    private final float learningRate;
    private final Kernels kernels;
    private final Adam dense; // [P]
    private final Adam embeddings; // [V, D]
    private final Floats normalized; // [V, D]
    private final Floats inverseNorms; // [V]
    private final Floats noBias; // [V] zeros
    private int items;
    /** Whether embeddings changed since they were normalised. */
    private boolean stale = true;

    private long step;

    /** Values with their moments, of one length. */
    private final class Adam {
        final Floats values;
        final Floats first;
        final Floats second;

        Adam(float[] initial) {
            values = device.floats(initial.length);
            first = device.floats(initial.length);
            second = device.floats(initial.length);
            upload(initial);
        }

        void upload(float[] to) {
            values.upload(to, 0, 0, to.length);
        }

        float[] download() {
            float[] host = new float[values.length()];
            values.download(0, host, 0, host.length);
            return host;
        }

        void apply(Floats gradient, int count) {
            kernels.adamW(
                    new AdamStep(learningRate, 0.9f, 0.98f, 1e-8f, 0f, step),
                    count,
                    new Kernels.AdamState(values, first, second),
                    gradient);
        }
    }

    /**
     * Starts from the initial values of the configuration's seed.
     *
     * @param config of which seed and learning rate count
     * @param capacity V, most items
     * @param bound initial embeddings are uniform in {@code [-bound, bound)}
     */
    public TrainingValues(Architecture architecture, TrainingConfig config, int capacity, float bound, Device device) {
        this.architecture = architecture;
        this.device = device;
        learningRate = config.learningRate();
        kernels = device.openKernels();
        dense = new Adam(architecture.initial(config.seed()));
        float[] initial = new float[capacity * architecture.width()];
        CounterRandom.fill(CounterRandom.mix(config.seed(), -1), initial, 0, initial.length, bound);
        embeddings = new Adam(initial);
        normalized = device.floats(initial.length);
        inverseNorms = device.floats(capacity);
        noBias = device.floats(capacity);
        items = capacity;
    }

    /** Most items that there is memory for. */
    public int capacity() {
        return inverseNorms.length();
    }

    /** Items as of the last {@link #normalize}. */
    int items() {
        return items;
    }

    Floats dense() {
        return dense.values;
    }

    /** Embeddings, {@code [V, D]}. */
    Floats embeddings() {
        return embeddings.values;
    }

    /** L2-normalised embeddings as of the last {@link #normalize}, {@code [V, D]}. */
    Floats normalized() {
        return normalized;
    }

    /** Number of the step that is being made or was made last; the first is 1. */
    public long step() {
        return step;
    }

    /** Says that there are this many items, at most {@link #capacity}, and normalises their embeddings. */
    public void normalize(int count) {
        if (stale || items != count) {
            kernels.l2Normalize(count, architecture.width(), embeddings.values, normalized, inverseNorms);
            items = count;
            stale = false;
        }
    }

    /** Begins a step over this many items: normalises their embeddings. */
    public void begin(int count) {
        step++;
        normalize(count);
    }

    /**
     * Ends a step by applying its gradients.
     *
     * @param gradients of the whole step; those of the embeddings as inputs receive those of the normalised ones too
     * @param loss of the step, mean over its positions
     * @throws IllegalStateException if the loss is not finite
     */
    public void apply(TrainingGradients gradients, double loss) {
        if (!Double.isFinite(loss)) {
            throw new IllegalStateException("the loss is not finite in step " + step + " of " + architecture.name()
                    + ": lower the learning rate");
        }
        kernels.l2NormalizeBackward(new Kernels.L2NormGrad(
                items, architecture.width(), normalized, inverseNorms, gradients.normalized(), gradients.inputs()));
        dense.apply(gradients.dense(), dense.values.length());
        embeddings.apply(gradients.inputs(), items * architecture.width());
        stale = true;
    }

    /** New gradients of these values, zeroed. */
    public TrainingGradients newGradients() {
        return TrainingGradients.of(device, dense.values.length(), embeddings.values.length());
    }

    /** Sets {@code total} to the sum of the gradients of lanes, in their order. */
    public void sum(List<TrainingLane> lanes, TrainingGradients total) {
        total.clear(items * architecture.width());
        lanes.forEach(lane -> total.add(lane.gradients(), items * architecture.width(), kernels));
    }

    /** Scores by cosine with a query of the items as of the last {@link #normalize}, without bias. */
    public ScoringTable scoringTable() {
        return new ScoringTable(items, architecture.width(), embeddings.values, inverseNorms, noBias);
    }

    /** A copy of what is learned. */
    public Weights weights() {
        return new Weights(dense.download(), embeddings.download());
    }

    /** Goes back to weights of the same architecture. */
    public void restore(Weights weights) {
        dense.upload(weights.dense);
        embeddings.upload(weights.rows);
        stale = true;
    }
}
