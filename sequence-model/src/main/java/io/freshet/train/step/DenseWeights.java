package io.freshet.train.step;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.Kernels.AdamStep;
import io.freshet.model.LogitBiases;
import io.freshet.model.ModelConfig;
import io.freshet.model.hstu.HstuParameters;
import io.freshet.store.LaneRange;
import io.freshet.train.step.SoftmaxConfig.BiasSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The dense weights and their optimizer. Everybody has all weights; each lane has a slice of them, whose gradient is
 * summed and whose moments are kept by the lane's owner alone. The logit weights are a handful, and
 * everybody's.
 */
public final class DenseWeights {
    private static final float LOGIT_WEIGHTS_RATE = 10f;
    /** Log of a logit scale of 0: cosines add nothing to scores, and the loss has no gradient behind them. */
    private static final float SILENT = -1000f;

    private static final String WEIGHTS = "learner.weights";
    private static final String FIRST = "learner.first-moment";
    private static final String SECOND = "learner.second-moment";
    /** What a lane's gradients lost on their way so far; of lanes with compressed gradients. */
    public static final String RESIDUAL = "learner.residual";

    /** A run of dense values. */
    record Range(int from, int to) {
        int count() {
            return to - from;
        }
    }

    /** One set for each lane: lanes update their slices side by side, and a set has scratch of its own. */
    private final Kernels[] kernels;

    private final int lanes;
    private final Range logitWeights;
    private final int logitWeightsInUse;
    /** All weights, {@code [P]}. */
    private final HstuParameters weights;
    /** AdamW's first moments, {@code [P]}, of the owned slices. */
    private final HstuParameters first;
    /** AdamW's second moments, {@code [P]}, of the owned slices. */
    private final HstuParameters second;
    /** Sum of the lanes' gradients, {@code [P]}, of the owned slices. */
    private final HstuParameters total;

    /** A lane's gradient on its way into {@link #total}, {@code [P]}. */
    private final Floats staged;
    /** A lane's clipped gradient on its way, {@code [L, P / L]}; lanes are updated side by side. */
    private final float[][] clipped;

    public DenseWeights(ModelConfig config, BiasSet use, int lanes, Device device) {
        this.lanes = lanes;
        logitWeightsInUse = use.count();
        kernels = new Kernels[lanes];
        Arrays.setAll(kernels, lane -> device.openKernels());
        weights = new HstuParameters(config, device);
        first = new HstuParameters(config, device);
        second = new HstuParameters(config, device);
        total = new HstuParameters(config, device);
        staged = device.floats(weights.count());
        clipped = new float[lanes][0];
        int at = weights.network().get(0).length();
        logitWeights = new Range(at, at + LogitBiases.COUNT);
        weights.block().upload(HstuParameters.initial(config), 0, 0, weights.count());
        weights.logitBiases().fill(logitWeightsInUse, LogitBiases.COUNT - logitWeightsInUse, 0f);
        if (use == BiasSet.NO_NETWORK) {
            weights.logitBiases().fill(LogitBiases.LOGIT_SCALE, 1, SILENT);
        }
    }

    HstuParameters weights() {
        return weights;
    }

    /** All weights, {@code [P]}, copied. */
    public float[] values() {
        return host(weights, new Range(0, weights.count()));
    }

    /** The logit weights, {@code [B]}, copied. */
    float[] logitWeights() {
        return host(weights, logitWeights);
    }

    private static float[] host(HstuParameters source, Range range) {
        float[] values = new float[range.count()];
        source.block().download(range.from, values, 0, values.length);
        return values;
    }

    /** Slice of a lane. */
    Range slice(int lane) {
        long count = weights.count();
        return new Range((int) (count * lane / lanes), (int) (count * (lane + 1) / lanes));
    }

    /** Slices of neighbouring lanes. */
    Range slices(LaneRange range) {
        return new Range(slice(range.from()).from, slice(range.to() - 1).to);
    }

    /** A lane's slice without the logit weights. */
    private List<Range> network(int lane) {
        Range slice = slice(lane);
        List<Range> parts = new ArrayList<>();
        Range before = new Range(slice.from, Math.min(slice.to, logitWeights.from));
        Range behind = new Range(Math.max(slice.from, logitWeights.to), slice.to);
        if (before.count() > 0) {
            parts.add(before);
        }
        if (behind.count() > 0) {
            parts.add(behind);
        }
        return parts;
    }

    /** Begins, or goes on with, the sum of gradients over a range of all values, of {@code gradient [P]}. */
    void add(float[] gradient, Range range, boolean isFirst) {
        Floats sum = total.block().slice(range.from, range.count());
        if (isFirst) {
            sum.upload(gradient, range.from, 0, range.count());
        } else {
            staged.upload(gradient, range.from, 0, range.count());
            kernels[0].addScaled(range.count(), 1f, staged, sum);
        }
    }

    /** Sum of squares of an owned slice's gradient. */
    double sumOfSquares(int lane) {
        double sum = 0;
        for (Range part : network(lane)) {
            sum += kernels[lane].sumOfSquares(part.count(), total.block().slice(part.from, part.count()));
        }
        return sum;
    }

    /**
     * One AdamW step of an owned slice.
     *
     * @param factor on the gradient, so that it is no longer than the clip
     */
    void update(int lane, float rate, float factor, long step) {
        for (Range part : network(lane)) {
            Floats gradient = total.block().slice(part.from, part.count());
            if (factor != 1f) {
                clip(lane, factor, gradient);
            }
            adam(kernels[lane], new AdamStep(rate, 0.9f, 0.98f, 1e-8f, 0f, step), part, gradient);
        }
    }

    private void clip(int lane, float factor, Floats gradient) {
        int count = gradient.length();
        if (clipped[lane].length < count) {
            clipped[lane] = new float[count];
        }
        float[] values = clipped[lane];
        gradient.download(0, values, 0, count);
        for (int i = 0; i < count; i++) {
            values[i] *= factor;
        }
        gradient.upload(values, 0, 0, count);
    }

    private void adam(Kernels kernels, AdamStep step, Range part, Floats gradient) {
        kernels.adamW(
                step,
                part.count(),
                new Kernels.AdamState(
                        weights.block().slice(part.from, part.count()),
                        first.block().slice(part.from, part.count()),
                        second.block().slice(part.from, part.count())),
                gradient);
    }

    /**
     * One step of the logit weights: a strong signal each, so they may move faster than the network.
     *
     * @param gradient {@code [B]}
     * @param factor on the gradient, so that it is no longer than the clip
     */
    void updateLogitWeights(float[] gradient, float rate, float factor, long step) {
        Floats device = total.logitBiases();
        float[] used = gradient.clone();
        for (int i = 0; i < used.length; i++) {
            used[i] = i < logitWeightsInUse ? used[i] * factor : 0f;
        }
        device.upload(used, 0, 0, used.length);
        adam(kernels[0], new AdamStep(LOGIT_WEIGHTS_RATE * rate, 0.9f, 0.98f, 1e-8f, 0f, step), logitWeights, device);
    }

    /**
     * What a lane keeps of the optimizer, and of the weights; the logit weights are lane 0's.
     *
     * @return by name, {@code [P / L]}, and {@code [B]} of the logit weights
     */
    Map<String, float[]> ownTensors(int lane) {
        Map<String, float[]> tensors = new TreeMap<>();
        Range slice = slice(lane);
        tensors.put(WEIGHTS, host(weights, slice));
        tensors.put(FIRST, host(first, slice));
        tensors.put(SECOND, host(second, slice));
        if (lane == 0) {
            tensors.put(WEIGHTS + ".priors", host(weights, logitWeights));
            tensors.put(FIRST + ".priors", host(first, logitWeights));
            tensors.put(SECOND + ".priors", host(second, logitWeights));
        }
        return tensors;
    }

    /** Names of what a lane keeps. */
    public static List<String> ownNames(int lane) {
        return lane == 0
                ? List.of(WEIGHTS, FIRST, SECOND, WEIGHTS + ".priors", FIRST + ".priors", SECOND + ".priors")
                : List.of(WEIGHTS, FIRST, SECOND);
    }

    /**
     * Takes what a lane kept.
     *
     * @param tensors by name, {@code [P / L]}, and {@code [B]} of the logit weights
     * @throws IllegalStateException if one has another length: the snapshot belongs to another configuration
     */
    public void restore(int lane, Map<String, float[]> tensors) {
        Range slice = slice(lane);
        tensors.forEach((name, values) -> {
            HstuParameters to = name.startsWith(WEIGHTS) ? weights : name.startsWith(FIRST) ? first : second;
            Range range = name.endsWith(".priors") ? logitWeights : slice;
            if (values.length != range.count()) {
                throw new IllegalStateException("tensor " + name + " of lane " + lane + " has " + values.length
                        + " values, this model has " + range.count()
                        + ": the snapshot belongs to another configuration");
            }
            to.block().upload(values, 0, range.from, values.length);
        });
    }
}
