package io.freshet.kernel.cpu;

import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels.GatedNormGrad;
import io.freshet.kernel.Kernels.LayerNormGrad;
import io.freshet.kernel.NormWeights;
import org.jspecify.annotations.Nullable;

/**
 * Layer norm and gated norm, forward and backward. Sums run in a few fixed strands that are added in a fixed order: the
 * same bits everywhere, and independent additions for the processor.
 */
final class Norms {
    /** Arguments of {@link #forward}; {@code gate} is the projection whose first part multiplies the output. */
    record Forward(
            int rows,
            NormWeights weights,
            Floats x,
            @Nullable Floats gate,
            Floats y,
            Floats stats) {}

    private Norms() {}

    static void forward(Forward call) {
        int d = call.weights.width();
        HostFloats x = HostFloats.of(call.x);
        HostFloats y = HostFloats.of(call.y);
        HostFloats stats = HostFloats.of(call.stats);
        HostFloats gamma = HostFloats.of(call.weights.gamma());
        HostFloats beta = HostFloats.of(call.weights.beta());
        HostFloats gate = call.gate == null ? null : HostFloats.of(call.gate);
        for (int r = 0; r < call.rows; r++) {
            int at = x.start + r * d;
            float mean = sum(d, x.array, at) / d;
            float variance = squares(d, x.array, at, mean) / d;
            float inverse = (float) (1 / Math.sqrt(variance + call.weights.epsilon()));
            stats.array[stats.start + 2 * r] = mean;
            stats.array[stats.start + 2 * r + 1] = inverse;
            int to = y.start + r * d;
            for (int i = 0; i < d; i++) {
                float h = (x.array[at + i] - mean) * inverse;
                y.array[to + i] = h * gamma.array[gamma.start + i] + beta.array[beta.start + i];
            }
            if (gate != null) {
                int from = gate.start + r * 4 * d;
                for (int i = 0; i < d; i++) {
                    y.array[to + i] *= gate.array[from + i];
                }
            }
        }
    }

    static void backward(LayerNormGrad call) {
        int d = call.weights().width();
        HostFloats dy = HostFloats.of(call.dy());
        HostFloats dx = HostFloats.of(call.dx());
        Row row = new Row(call.weights(), call.grad(), call.x(), call.stats());
        for (int r = 0; r < call.rows(); r++) {
            row.read(r);
            row.backward(dy.array, dy.start + r * d, dx.array, dx.start + r * d, true);
        }
    }

    static void backward(GatedNormGrad call) {
        int d = call.weights().width();
        HostFloats gate = HostFloats.of(call.projected());
        HostFloats dG = HostFloats.of(call.dG());
        HostFloats dO = HostFloats.of(call.dO());
        HostFloats dGate = HostFloats.of(call.dProjected());
        HostFloats gamma = HostFloats.of(call.weights().gamma());
        HostFloats beta = HostFloats.of(call.weights().beta());
        Row row = new Row(call.weights(), call.grad(), call.o(), call.stats());
        float[] dNorm = new float[d];
        for (int r = 0; r < call.rows(); r++) {
            row.read(r);
            int u = gate.start + r * 4 * d;
            int du = dGate.start + r * 4 * d;
            int g = dG.start + r * d;
            for (int i = 0; i < d; i++) {
                float normed = row.h[i] * gamma.array[gamma.start + i] + beta.array[beta.start + i];
                dGate.array[du + i] = dG.array[g + i] * normed;
                dNorm[i] = dG.array[g + i] * gate.array[u + i];
            }
            row.backward(dNorm, 0, dO.array, dO.start + r * d, false);
        }
    }

    /** One row's normalised values, and the way back through them. */
    private static final class Row {
        private final int d;
        private final HostFloats x;
        private final HostFloats stats;
        private final HostFloats gamma;
        private final HostFloats dGamma;
        private final HostFloats dBeta;
        private final float[] h;
        private final float[] scaled;
        private final float[] product;
        private int at;
        private float inverse;

        Row(NormWeights weights, NormWeights grad, Floats x, Floats stats) {
            d = weights.width();
            this.x = HostFloats.of(x);
            this.stats = HostFloats.of(stats);
            gamma = HostFloats.of(weights.gamma());
            dGamma = HostFloats.of(grad.gamma());
            dBeta = HostFloats.of(grad.beta());
            h = new float[d];
            scaled = new float[d];
            product = new float[d];
        }

        void read(int r) {
            at = x.start + r * d;
            float mean = stats.array[stats.start + 2 * r];
            inverse = stats.array[stats.start + 2 * r + 1];
            for (int i = 0; i < d; i++) {
                h[i] = (x.array[at + i] - mean) * inverse;
            }
        }

        /**
         * {@code dx (+)= r (g - mean(g) - h mean(g .* h))}, {@code g = dy .* gamma} (model specification,
         * "Backward").
         */
        void backward(float[] dy, int from, float[] dx, int to, boolean add) {
            for (int i = 0; i < d; i++) {
                dGamma.array[dGamma.start + i] += dy[from + i] * h[i];
                dBeta.array[dBeta.start + i] += dy[from + i];
                scaled[i] = dy[from + i] * gamma.array[gamma.start + i];
                product[i] = scaled[i] * h[i];
            }
            float mean = sum(d, scaled, 0) / d;
            float along = sum(d, product, 0) / d;
            for (int i = 0; i < d; i++) {
                float value = inverse * (scaled[i] - mean - h[i] * along);
                dx[to + i] = add ? dx[to + i] + value : value;
            }
        }
    }

    private static float sum(int n, float[] x, int start) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = 0;
        for (; i + 4 <= n; i += 4) {
            s0 += x[start + i];
            s1 += x[start + i + 1];
            s2 += x[start + i + 2];
            s3 += x[start + i + 3];
        }
        for (; i < n; i++) {
            s0 += x[start + i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    private static float squares(int n, float[] x, int start, float mean) {
        float s0 = 0;
        float s1 = 0;
        int i = 0;
        for (; i + 2 <= n; i += 2) {
            float a = x[start + i] - mean;
            float b = x[start + i + 1] - mean;
            s0 = Math.fma(a, a, s0);
            s1 = Math.fma(b, b, s1);
        }
        for (; i < n; i++) {
            float a = x[start + i] - mean;
            s0 = Math.fma(a, a, s0);
        }
        return s0 + s1;
    }
}
