package io.freshet.train.step;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.Kernels.AdamStep;
import io.freshet.model.ModelConfig;
import io.freshet.model.hstu.HstuParameters;
import io.freshet.train.step.DenseSlices.Range;
import io.freshet.train.step.SoftmaxConfig.BiasSet;
import java.util.Arrays;

/** AdamW on the dense weights: sums the lanes' gradients over owned slices, and moves them, clipped. */
final class DenseOptimizer {
    private static final float LOGIT_WEIGHTS_RATE = 10f;

    private final DenseWeights dense;
    private final DenseSlices slices;
    private final int logitWeightsInUse;
    /** One set for each lane, {@code [L]}: lanes update side by side, and a set has scratch of its own. */
    private final Kernels[] kernels;
    /** Sum of the lanes' gradients, {@code [P]}, of the owned slices. */
    private final HstuParameters total;

    /** A lane's gradient on its way into {@link #total}, {@code [P]}. */
    private final Floats staged;
    /** A lane's clipped gradient on its way, {@code [L, P / L]}; lanes are updated side by side. */
    private final float[][] clipped;

    /**
     * An optimizer without gradients.
     *
     * @param use logit weights that are learned
     * @param lanes of all learners
     */
    DenseOptimizer(DenseWeights dense, ModelConfig config, BiasSet use, int lanes, Device device) {
        this.dense = dense;
        slices = dense.slices();
        logitWeightsInUse = use.count();
        kernels = new Kernels[lanes];
        Arrays.setAll(kernels, lane -> device.openKernels());
        total = new HstuParameters(config, device);
        staged = device.floats(total.count());
        clipped = new float[lanes][0];
    }

    /** Begins, or goes on with, the sum of gradients over a range of all values, of {@code gradient [P]}. */
    void add(float[] gradient, Range range, boolean isFirst) {
        Floats sum = total.block().slice(range.from(), range.count());
        if (isFirst) {
            sum.upload(gradient, range.from(), 0, range.count());
        } else {
            staged.upload(gradient, range.from(), 0, range.count());
            kernels[0].addScaled(range.count(), 1f, staged, sum);
        }
    }

    /** Sum of squares of an owned slice's gradient. */
    double sumOfSquares(int lane) {
        double sum = 0;
        for (Range part : slices.network(lane)) {
            sum += kernels[lane].sumOfSquares(part.count(), total.block().slice(part.from(), part.count()));
        }
        return sum;
    }

    /**
     * One AdamW step of an owned slice.
     *
     * @param factor on the gradient, so that it is no longer than the clip
     */
    void update(int lane, float rate, float factor, long step) {
        for (Range part : slices.network(lane)) {
            Floats gradient = total.block().slice(part.from(), part.count());
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
                        dense.weights().block().slice(part.from(), part.count()),
                        dense.firstMoments().block().slice(part.from(), part.count()),
                        dense.secondMoments().block().slice(part.from(), part.count())),
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
        AdamStep adam = new AdamStep(LOGIT_WEIGHTS_RATE * rate, 0.9f, 0.98f, 1e-8f, 0f, step);
        adam(kernels[0], adam, slices.logitWeights(), device);
    }
}
