package io.freshet.kernel.cpu.scalar;

import io.freshet.kernel.Kernels.AdamStep;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.host.HostQuantizedRows;
import io.freshet.kernel.cpu.host.QuantizedQuery;
import java.util.Arrays;

/**
 * Arithmetic: the loops inside of the operators, in plain Java with sequential sums; what a faster device replaces.
 *
 * <p>An operand is an array and the place of its first value; unless a method says otherwise it is {@code [n]} values
 * from there on, and results may be operands.
 */
public class ScalarArithmetic {
    private final NormRow norms = new NormRow();

    /** {@code c [m, n] (+)= a [m, k] · b [k, n]}. */
    protected void multiply(Product p, float[] a, float[] b, float[] c) {
        for (int i = 0; i < p.m; i++) {
            int row = p.cStart + i * p.cStride;
            if (!p.add) {
                Arrays.fill(c, row, row + p.n, 0f);
            }
            for (int l = 0; l < p.k; l++) {
                float factor = a[p.aStart + (p.aTransposed ? l * p.aStride + i : i * p.aStride + l)];
                int from = p.bStart + l * p.bStride;
                for (int j = 0; j < p.n; j++) {
                    c[row + j] = Math.fma(factor, b[from + j], c[row + j]);
                }
            }
        }
    }

    /** {@code c [m, n] (+)= a [m, k] · b [n, k]ᵀ}. */
    protected void multiplyTransposed(Product p, float[] a, float[] b, float[] c) {
        for (int i = 0; i < p.m; i++) {
            for (int j = 0; j < p.n; j++) {
                float sum = dot(p.k, a, p.aStart + i * p.aStride, b, p.bStart + j * p.bStride);
                int at = p.cStart + i * p.cStride + j;
                c[at] = p.add ? c[at] + sum : sum;
            }
        }
    }

    /** Inner product of {@code a, b [n]}. */
    protected float dot(int n, float[] a, int aStart, float[] b, int bStart) {
        float sum = 0;
        for (int i = 0; i < n; i++) {
            sum = Math.fma(a[aStart + i], b[bStart + i], sum);
        }
        return sum;
    }

    /** {@code out [count] = rows [count, d] · x [d]}; each as {@link #dot} has it. */
    protected void dots(int count, int d, float[] rows, int start, float[] x, float[] out) {
        for (int r = 0; r < count; r++) {
            out[r] = dot(d, rows, start + r * d, x, 0);
        }
    }

    /**
     * Items {@code from .. from + count - 1} that may score {@code mark} or more, in rising order: those whose {@link
     * QuantizedQuery#bound} is not below it.
     *
     * @param rows {@code [V, D]} in int8
     * @param bias {@code [V]}
     * @param found receives them, {@code [count]}
     * @return their number
     */
    protected int reaching(
            QuantizedQuery query,
            HostQuantizedRows rows,
            HostFloats bias,
            int from,
            int count,
            float mark,
            int[] found) {
        byte[] values = rows.values();
        short[] y = query.integers();
        int reached = 0;
        for (int v = from; v < from + count; v++) {
            int at = v / HostQuantizedRows.BLOCK * rows.blockBytes() + v % HostQuantizedRows.BLOCK;
            int product = 0;
            for (int i = 0; i < y.length; i++) {
                product += y[i] * values[at + i * HostQuantizedRows.BLOCK];
            }
            float add = bias.array[bias.start + v];
            float bound = query.bound(product, rows.steps()[v], rows.errors()[v], rows.norms()[v], add);
            if (!(bound < mark)) {
                found[reached++] = v;
            }
        }
        return reached;
    }

    /** {@code y [n] += factor * x [n]}. */
    public void axpy(int n, float factor, float[] x, int xStart, float[] y, int yStart) {
        for (int i = 0; i < n; i++) {
            y[yStart + i] = Math.fma(factor, x[xStart + i], y[yStart + i]);
        }
    }

    /** {@code y [n] = factor * y [n] + x [n]}. */
    public void scaleAdd(int n, float factor, float[] x, int xStart, float[] y, int yStart) {
        for (int i = 0; i < n; i++) {
            y[yStart + i] = Math.fma(y[yStart + i], factor, x[xStart + i]);
        }
    }

    /** {@code a [n] = SiLU(z [n])}. */
    public void silu(int n, float[] z, int zStart, float[] a, int aStart) {
        for (int i = 0; i < n; i++) {
            a[aStart + i] = Exponential.silu(z[zStart + i]);
        }
    }

    /** {@code x [n] = SiLU'(z [n]) .* g [n]}; {@code x} may be {@code g}. */
    protected void siluSlope(int n, float[] z, int zStart, float[] g, int gStart, float[] x, int xStart) {
        for (int i = 0; i < n; i++) {
            x[xStart + i] = Exponential.siluSlope(z[zStart + i]) * g[gStart + i];
        }
    }

    /** {@code x [n] = exp(x [n] - shift)}, of values of at most {@code shift}; gives their sum. */
    public double exponentials(int n, float[] x, int start, float shift) {
        double sum = 0;
        for (int i = start; i < start + n; i++) {
            x[i] = Exponential.decay(shift - x[i]);
            sum += x[i];
        }
        return sum;
    }

    /** Largest value of {@code x [n]}. */
    public float maximum(int n, float[] x, int start) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = start; i < start + n; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    /** Arithmetic on rows of norms. */
    protected NormRow normRow() {
        return norms;
    }

    /** {@code y [n] = a [n] + b [n]}. */
    public void add(int n, float[] a, int aStart, float[] b, int bStart, float[] y, int yStart) {
        for (int i = 0; i < n; i++) {
            y[yStart + i] = a[aStart + i] + b[bStart + i];
        }
    }

    /** {@code x = x * factor; sums += x; x = x * then}: {@code x, sums [n]}. */
    protected void accumulate(int n, float factor, float[] x, int start, float[] sums, int sStart, float then) {
        for (int i = 0; i < n; i++) {
            float v = x[start + i] * factor;
            sums[sStart + i] += v;
            x[start + i] = v * then;
        }
    }

    /** Replaces a tile's products by {@code SiLU(product * scale + time + position) * rowScale}, all pairs. */
    protected void attentionWeights(AttentionTile t) {
        for (int j = 0; j < t.columns(); j++) {
            int bias = AttentionTile.PAD + t.first - j;
            for (int r = 0; r < AttentionTile.ROWS; r++) {
                int at = j * AttentionTile.ROWS + r;
                float score = Math.fma(t.scores[at], t.scoreScale, t.times[at]) + t.position[bias + r];
                t.scores[at] = Exponential.sigmoid(score) * (score * t.rowScales[r]);
            }
        }
    }

    /**
     * Replaces a tile's products by the same weights P, and {@code gradients} (of the weights) by those of the scores,
     * {@code dS = gradient .* SiLU'(score) * rowScale}.
     */
    protected void attentionSlopes(AttentionTile t) {
        for (int j = 0; j < t.columns(); j++) {
            int bias = AttentionTile.PAD + t.first - j;
            for (int r = 0; r < AttentionTile.ROWS; r++) {
                int at = j * AttentionTile.ROWS + r;
                float score = Math.fma(t.scores[at], t.scoreScale, t.times[at]) + t.position[bias + r];
                float sigmoid = Exponential.sigmoid(score);
                float weight = score * sigmoid;
                t.scores[at] = weight * t.rowScales[r];
                t.gradients[at] *= Math.fma(weight, 1f - sigmoid, sigmoid) * t.rowScales[r];
            }
        }
    }

    /** Adds a tile's gradients of scores to the position bias, diagonal by diagonal, then scales them. */
    protected void positionGradients(AttentionTile t) {
        for (int phase = 0; phase < AttentionTile.ROWS; phase++) {
            for (int j = phase; j < t.columns(); j += AttentionTile.ROWS) {
                int to = AttentionTile.PAD + t.first - j;
                for (int r = 0; r < AttentionTile.ROWS; r++) {
                    int at = j * AttentionTile.ROWS + r;
                    t.dPosition[to + r] += t.gradients[at];
                    t.gradients[at] *= t.scoreScale;
                }
            }
        }
    }

    /** Constants of an AdamW step; one object for all steps, so that none is made for each. */
    protected static final class AdamRow {
        public float rate;
        /** Factor on weights. */
        public float keep;

        public float beta1;
        public float beta2;
        /** Bias correction of the first moment. */
        public float correct1;
        /** Bias correction of the second moment. */
        public float correct2;

        public float epsilon;

        void set(AdamStep step) {
            rate = step.learningRate();
            keep = 1 - step.learningRate() * step.weightDecay();
            beta1 = step.beta1();
            beta2 = step.beta2();
            correct1 = (float) (1 / (1 - StrictMath.pow(step.beta1(), step.step())));
            correct2 = (float) (1 / (1 - StrictMath.pow(step.beta2(), step.step())));
            epsilon = step.epsilon();
        }
    }

    /**
     * AdamW on weights, first and second moments, by their gradient: {@code w, m, v, g [n]}, each from its place in
     * {@code starts [4]} on.
     */
    protected void adam(AdamRow row, int n, float[] w, float[] m, float[] v, float[] g, int[] starts) {
        for (int i = 0; i < n; i++) {
            float gi = g[starts[3] + i];
            float mi = m[starts[1] + i] * row.beta1 + gi * (1 - row.beta1);
            float vi = v[starts[2] + i] * row.beta2 + gi * gi * (1 - row.beta2);
            m[starts[1] + i] = mi;
            v[starts[2] + i] = vi;
            float update = mi * row.correct1 / ((float) Math.sqrt(vi * row.correct2) + row.epsilon);
            w[starts[0] + i] = w[starts[0] + i] * row.keep - update * row.rate;
        }
    }

    /**
     * {@code dY = sum_j g_j e_(item_j); dE_(item_j) += g_j y} for {@code c} items: {@code items, g [c]}, {@code y, dY
     * [d]}, {@code e, dE [V, d]}.
     */
    protected void sampledGradients(
            int d,
            int c,
            int[] items,
            int from,
            float[] g,
            HostFloats e,
            float[] y,
            int row,
            float[] dY,
            int to,
            HostFloats dE) {
        Arrays.fill(dY, to, to + d, 0f);
        for (int j = 0; j < c; j++) {
            int at = items[from + j] * d;
            axpy(d, g[j], e.array, e.start + at, dY, to);
            axpy(d, g[j], y, row, dE.array, dE.start + at);
        }
    }

    /** {@code to [d, n] = from [n, d]ᵀ}, whose rows are {@code stride} apart from {@code start} on. */
    protected static void transpose(float[] from, int start, int stride, int n, int d, float[] to) {
        transpose(from, start, stride, n, d, to, n);
    }

    /** {@code to [d, n] = from [n, d]ᵀ}; rows of the one are {@code wide} apart, of the other {@code stride}. */
    static void transpose(float[] from, int start, int stride, int n, int d, float[] to, int wide) {
        for (int r = 0; r < n; r++) {
            int at = start + r * stride;
            for (int c = 0; c < d; c++) {
                to[c * wide + r] = from[at + c];
            }
        }
    }
}
