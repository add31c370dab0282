package io.freshet.kernel.cpu.vector;

import io.freshet.kernel.Kernels.GatedNormGrad;
import io.freshet.kernel.NormWeights;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.scalar.NormRow;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Norms of rows that are four vectors wide: a row stays in registers from its first to its last use. Methods are
 * short on purpose: past some size the JIT gives up inlining, and then every vector is an object.
 */
final class PanelNorms {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    /** Width of the rows. */
    static final int W = Panels.W;

    private static final float SHARE = 1f / W;

    private PanelNorms() {}

    private static FloatVector at(float[] x, int start) {
        return FloatVector.fromArray(S, x, start);
    }

    /** Layer norm of rows: {@code output [rows, W]} of {@code input [rows, W]}, and {@code stats [rows, 2]}. */
    static void forward(int rows, NormWeights w, HostFloats input, HostFloats output, HostFloats stats) {
        HostFloats gamma = HostFloats.of(w.gamma());
        HostFloats beta = HostFloats.of(w.beta());
        FloatVector g0 = at(gamma.array, gamma.start);
        FloatVector g1 = at(gamma.array, gamma.start + L);
        FloatVector g2 = at(gamma.array, gamma.start + 2 * L);
        FloatVector g3 = at(gamma.array, gamma.start + 3 * L);
        FloatVector b0 = at(beta.array, beta.start);
        FloatVector b1 = at(beta.array, beta.start + L);
        FloatVector b2 = at(beta.array, beta.start + 2 * L);
        FloatVector b3 = at(beta.array, beta.start + 3 * L);
        FloatVector one = FloatVector.broadcast(S, 1f);
        float[] x = input.array;
        float[] y = output.array;
        for (int r = 0; r < rows; r++) {
            int from = input.start + r * W;
            FloatVector x0 = at(x, from);
            FloatVector x1 = at(x, from + L);
            FloatVector x2 = at(x, from + 2 * L);
            FloatVector x3 = at(x, from + 3 * L);
            FloatVector mean =
                    VectorExponential.total(x0.add(x1).add(x2.add(x3))).mul(SHARE);
            x0 = x0.sub(mean);
            x1 = x1.sub(mean);
            x2 = x2.sub(mean);
            x3 = x3.sub(mean);
            FloatVector squares = x3.fma(x3, x2.fma(x2, x1.fma(x1, x0.mul(x0))));
            FloatVector variance = VectorExponential.total(squares).mul(SHARE);
            FloatVector inverse = one.div(variance.add(w.epsilon()).lanewise(VectorOperators.SQRT));
            x0 = x0.mul(inverse).fma(g0, b0);
            x1 = x1.mul(inverse).fma(g1, b1);
            x2 = x2.mul(inverse).fma(g2, b2);
            x3 = x3.mul(inverse).fma(g3, b3);
            stats.array[stats.start + 2 * r] = mean.lane(0);
            stats.array[stats.start + 2 * r + 1] = inverse.lane(0);
            int to = output.start + r * W;
            x0.intoArray(y, to);
            x1.intoArray(y, to + L);
            x2.intoArray(y, to + 2 * L);
            x3.intoArray(y, to + 3 * L);
        }
    }

    /** {@code y = y .* gate}: {@code y [rows, W]}; the gate is the first part of {@code gate [rows, 4 * W]}. */
    static void gate(int rows, HostFloats gate, HostFloats y) {
        for (int r = 0; r < rows; r++) {
            int u = gate.start + r * 4 * W;
            int to = y.start + r * W;
            for (int c = 0; c < W; c += L) {
                at(y.array, to + c).mul(at(gate.array, u + c)).intoArray(y.array, to + c);
            }
        }
    }

    /**
     * Adds what rows from {@code first} give to the gradients of the weights: {@code x [first + rows, W]}, {@code stats
     * [first + rows, 2]}, {@code dy [rows, W]}, which starts at that row.
     */
    static void weights(
            int first, int rows, NormRow.Tables t, HostFloats x, HostFloats stats, float[] dy, int dyStart) {
        for (int c = 0; c < W; c += L) {
            FloatVector dGamma = at(t.dGamma().array, t.dGamma().start + c);
            FloatVector dBeta = at(t.dBeta().array, t.dBeta().start + c);
            int from = x.start + first * W + c;
            int row = stats.start + 2 * first;
            for (int r = 0; r < rows; r++) {
                float mean = stats.array[row + 2 * r];
                float inverse = stats.array[row + 2 * r + 1];
                FloatVector g = at(dy, dyStart + r * W + c);
                FloatVector h = at(x.array, from + r * W).sub(mean).mul(inverse);
                dGamma = g.fma(h, dGamma);
                dBeta = dBeta.add(g);
            }
            dGamma.intoArray(t.dGamma().array, t.dGamma().start + c);
            dBeta.intoArray(t.dBeta().array, t.dBeta().start + c);
        }
    }

    /**
     * Gradients of rows from {@code first}, see {@link NormRow#backward}; {@code dy} starts at that row. In two loops,
     * since one has more vectors than the JIT keeps in registers.
     *
     * @param gamma {@code [W]}
     * @param x {@code [first + rows, W]}
     * @param stats {@code [first + rows, 2]}
     * @param dy {@code [rows, W]}
     * @param dx {@code [first + rows, W]}
     * @param sums scratch, {@code [rows, L]}
     */
    static void backward(
            int first,
            int rows,
            HostFloats gamma,
            HostFloats x,
            HostFloats stats,
            float[] dy,
            int dyStart,
            HostFloats dx,
            boolean add,
            float[] sums) {
        sums(first, rows, gamma, x, stats, dy, dyStart, sums);
        if (!add) {
            Arrays.fill(dx.array, dx.start + first * W, dx.start + (first + rows) * W, 0f);
        }
        for (int c = 0; c < W; c += L) {
            FloatVector weight = at(gamma.array, gamma.start + c);
            for (int r = 0; r < rows; r++) {
                int row = stats.start + 2 * (first + r);
                int to = dx.start + (first + r) * W + c;
                float inverse = stats.array[row + 1];
                FloatVector h = at(x.array, x.start + (first + r) * W + c)
                        .sub(stats.array[row])
                        .mul(inverse);
                h.fma(
                                FloatVector.broadcast(S, sums[r * L]),
                                at(dy, dyStart + r * W + c).mul(weight).add(sums[r * L + L / 2]))
                        .fma(FloatVector.broadcast(S, inverse), at(dx.array, to))
                        .intoArray(dx.array, to);
            }
        }
    }

    /** For every row the mean of {@code -g .* h} in the first half of {@code L} values, of {@code -g} in the second. */
    private static void sums(
            int first,
            int rows,
            HostFloats gamma,
            HostFloats input,
            HostFloats stats,
            float[] dy,
            int dyStart,
            float[] sums) {
        FloatVector w0 = at(gamma.array, gamma.start);
        FloatVector w1 = at(gamma.array, gamma.start + L);
        FloatVector w2 = at(gamma.array, gamma.start + 2 * L);
        FloatVector w3 = at(gamma.array, gamma.start + 3 * L);
        float[] x = input.array;
        for (int r = 0; r < rows; r++) {
            int row = stats.start + 2 * (first + r);
            float mean = stats.array[row];
            float inverse = stats.array[row + 1];
            int from = input.start + (first + r) * W;
            int g = dyStart + r * W;
            FloatVector g0 = at(dy, g).mul(w0);
            FloatVector along = at(x, from).sub(mean).mul(g0);
            FloatVector g1 = at(dy, g + L).mul(w1);
            along = at(x, from + L).sub(mean).fma(g1, along);
            FloatVector g2 = at(dy, g + 2 * L).mul(w2);
            along = at(x, from + 2 * L).sub(mean).fma(g2, along);
            FloatVector g3 = at(dy, g + 3 * L).mul(w3);
            along = at(x, from + 3 * L).sub(mean).fma(g3, along);
            VectorExponential.totals(along.mul(inverse), g0.add(g1).add(g2.add(g3)))
                    .mul(-SHARE)
                    .intoArray(sums, r * L);
        }
    }

    /**
     * The gate's side of rows from {@code first} of a gated norm: {@code dG .* norm} goes to the gate's gradient,
     * {@code dG .* gate} to {@code dNorm [rows, W]}, which starts at that row.
     */
    static void gateBackward(int first, int rows, GatedNormGrad call, float[] dNorm) {
        HostFloats gamma = HostFloats.of(call.weights().gamma());
        HostFloats beta = HostFloats.of(call.weights().beta());
        HostFloats o = HostFloats.of(call.o());
        HostFloats stats = HostFloats.of(call.stats());
        HostFloats gate = HostFloats.of(call.projected());
        HostFloats dG = HostFloats.of(call.dG());
        HostFloats dGate = HostFloats.of(call.dProjected());
        for (int c = 0; c < W; c += L) {
            FloatVector g = at(gamma.array, gamma.start + c);
            FloatVector b = at(beta.array, beta.start + c);
            for (int r = 0; r < rows; r++) {
                int row = first + r;
                float mean = stats.array[stats.start + 2 * row];
                float inverse = stats.array[stats.start + 2 * row + 1];
                FloatVector norm = at(o.array, o.start + row * W + c)
                        .sub(mean)
                        .mul(inverse)
                        .fma(g, b);
                FloatVector d = at(dG.array, dG.start + row * W + c);
                d.mul(norm).intoArray(dGate.array, dGate.start + row * 4 * W + c);
                d.mul(at(gate.array, gate.start + row * 4 * W + c)).intoArray(dNorm, r * W + c);
            }
        }
    }
}
