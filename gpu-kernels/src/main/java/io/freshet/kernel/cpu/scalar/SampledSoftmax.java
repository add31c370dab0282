package io.freshet.kernel.cpu.scalar;

import io.freshet.kernel.PeerKernels.SampledSoftmaxOutput;
import io.freshet.kernel.PeerKernels.SampledSoftmaxShape;
import io.freshet.kernel.cpu.host.HostFloats;

/** Softmax with negatives of each row's own; see {@link io.freshet.kernel.PeerKernels#sampledSoftmax}. */
final class SampledSoftmax {
    private SampledSoftmax() {}

    /** Writes losses and gradients: {@code y [M, D]}, {@code e [V, D]}, {@code candidates [M, 1 + R]}. */
    static void run(
            ScalarKernels kernels,
            SampledSoftmaxShape shape,
            HostFloats y,
            HostFloats e,
            int[] candidates,
            SampledSoftmaxOutput out) {
        HostFloats loss = HostFloats.of(out.loss());
        HostFloats dY = HostFloats.of(out.dY());
        HostFloats dE = HostFloats.of(out.dE());
        int d = shape.width();
        int c = 1 + shape.negatives();
        float[] logits = kernels.logitScratch(c);
        for (int i = 0; i < shape.rows(); i++) {
            int row = y.start + i * d;
            int own = candidates[i * c];
            float max = Float.NEGATIVE_INFINITY;
            for (int j = 0; j < c; j++) {
                int item = candidates[i * c + j];
                logits[j] = j > 0 && item == own
                        ? Float.NEGATIVE_INFINITY
                        : kernels.dot(d, y.array, row, e.array, e.start + item * d) * shape.inverseTemperature();
                max = Math.max(max, logits[j]);
            }
            float ownLogit = logits[0];
            double sum = kernels.exponentials(c, logits, 0, max);
            for (int j = 1; j < c; j++) {
                sum -= candidates[i * c + j] == own ? logits[j] : 0;
                logits[j] = candidates[i * c + j] == own ? 0 : logits[j];
            }
            loss.array[loss.start + i] = (float) (StrictMath.log(sum) + max - ownLogit);
            float factor = (float) (shape.gradientScale() * shape.inverseTemperature() / sum);
            for (int j = 0; j < c; j++) {
                logits[j] *= factor;
            }
            logits[0] -= shape.gradientScale() * shape.inverseTemperature();
            kernels.sampledGradients(d, c, candidates, i * c, logits, e, y.array, row, dY.array, dY.start + i * d, dE);
        }
    }
}
