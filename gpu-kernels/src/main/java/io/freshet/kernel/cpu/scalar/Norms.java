package io.freshet.kernel.cpu.scalar;

import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels.GatedNormGrad;
import io.freshet.kernel.Kernels.LayerNormGrad;
import io.freshet.kernel.NormWeights;
import io.freshet.kernel.cpu.host.HostFloats;
import org.jspecify.annotations.Nullable;

/** Layer norm and gated norm, forward and backward, row by row. */
final class Norms {
    /**
     * Arguments of {@link #forward}.
     *
     * @param rows rows
     * @param weights scale and shift
     * @param x input {@code [rows, width]}
     * @param gate projection whose first part multiplies the output, {@code [rows, 4 * width]}
     * @param y output {@code [rows, width]}
     * @param stats receives mean and inverse deviation, {@code [rows, 2]}
     */
    record Forward(
            int rows,
            NormWeights weights,
            Floats x,
            @Nullable Floats gate,
            Floats y,
            Floats stats) {}

    private Norms() {}

    static void forward(NormRow row, Forward call) {
        int d = call.weights.width();
        HostFloats x = HostFloats.of(call.x);
        HostFloats y = HostFloats.of(call.y);
        HostFloats stats = HostFloats.of(call.stats);
        HostFloats gamma = HostFloats.of(call.weights.gamma());
        HostFloats beta = HostFloats.of(call.weights.beta());
        HostFloats gate = call.gate == null ? null : HostFloats.of(call.gate);
        for (int r = 0; r < call.rows; r++) {
            int at = x.start + r * d;
            float mean = row.mean(d, x.array, at);
            float variance = row.variance(d, x.array, at, mean);
            float inverse = (float) (1 / Math.sqrt(variance + call.weights.epsilon()));
            stats.array[stats.start + 2 * r] = mean;
            stats.array[stats.start + 2 * r + 1] = inverse;
            int to = y.start + r * d;
            row.affine(d, mean, inverse, x.array, at, gamma, beta, y.array, to);
            if (gate != null) {
                row.multiply(d, y.array, to, gate.array, gate.start + r * 4 * d, y.array, to);
            }
        }
    }

    static void backward(NormRow row, LayerNormGrad call) {
        int d = call.weights().width();
        HostFloats x = HostFloats.of(call.x());
        HostFloats stats = HostFloats.of(call.stats());
        HostFloats dy = HostFloats.of(call.dy());
        HostFloats dx = HostFloats.of(call.dx());
        NormRow.Tables tables = NormRow.Tables.of(call.weights(), call.grad());
        for (int r = 0; r < call.rows(); r++) {
            float mean = stats.array[stats.start + 2 * r];
            float inverse = stats.array[stats.start + 2 * r + 1];
            int at = r * d;
            row.backward(
                    tables,
                    mean,
                    inverse,
                    x.array,
                    x.start + at,
                    dy.array,
                    dy.start + at,
                    dx.array,
                    dx.start + at,
                    true);
        }
    }

    static void backward(NormRow row, GatedNormGrad call) {
        int d = call.weights().width();
        HostFloats o = HostFloats.of(call.o());
        HostFloats stats = HostFloats.of(call.stats());
        HostFloats gate = HostFloats.of(call.projected());
        HostFloats dG = HostFloats.of(call.dG());
        HostFloats dO = HostFloats.of(call.dO());
        HostFloats dGate = HostFloats.of(call.dProjected());
        HostFloats gamma = HostFloats.of(call.weights().gamma());
        HostFloats beta = HostFloats.of(call.weights().beta());
        NormRow.Tables tables = NormRow.Tables.of(call.weights(), call.grad());
        float[] dNorm = row.scratch(d);
        for (int r = 0; r < call.rows(); r++) {
            float mean = stats.array[stats.start + 2 * r];
            float inverse = stats.array[stats.start + 2 * r + 1];
            int at = o.start + r * d;
            int u = gate.start + r * 4 * d;
            int du = dGate.start + r * 4 * d;
            int g = dG.start + r * d;
            row.affine(d, mean, inverse, o.array, at, gamma, beta, dNorm, 0);
            row.multiply(d, dG.array, g, dNorm, 0, dGate.array, du);
            row.multiply(d, dG.array, g, gate.array, u, dNorm, 0);
            row.backward(tables, mean, inverse, o.array, at, dNorm, 0, dO.array, dO.start + r * d, false);
        }
    }
}
