package io.freshet.kernel.cpu.vector;

import io.freshet.kernel.AttentionWeights;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.JaggedLayout;
import io.freshet.kernel.LinearWeights;
import io.freshet.kernel.NormWeights;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.host.HostInts;
import io.freshet.kernel.cpu.host.HostQuantizedRows;
import io.freshet.kernel.cpu.host.QuantizedQuery;
import io.freshet.kernel.cpu.scalar.AttentionTile;
import io.freshet.kernel.cpu.scalar.Exponential;
import io.freshet.kernel.cpu.scalar.NormRow;
import io.freshet.kernel.cpu.scalar.Product;
import io.freshet.kernel.cpu.scalar.ScalarKernels;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * The operators on the JDK's Vector API: it replaces the scalar device's products and element-wise loops by blocks of
 * registers. No sum is split over lanes except in {@link #dot}, whose lanes are added in a fixed order.
 */
public final class VectorKernels extends ScalarKernels {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    /** Panels need the 32 registers that come with 512 bits; elsewhere the blocks of {@link VectorProducts} do. */
    private static final boolean WIDE = L == 16;

    /** Rows of a gated norm whose gradients wait in the first cache for their second half. */
    private static final int NORM_ROWS = 32;

    /** Right operand of a product, transposed, {@code [k, n]}. */
    private float[] transposed = new float[0];

    private final NormRow norms = new VectorNormRow();
    private final VectorProducts products = new VectorProducts();
    /** Gradients of a gated norm's inner output, {@code [NORM_ROWS, W]}. */
    private final float[] dNorm = new float[NORM_ROWS * PanelNorms.W];
    /** Two sums of every row, by lanes, {@code [NORM_ROWS, L]}. */
    private final float[] normSums = new float[NORM_ROWS * L];

    private final VectorLinear linear = new VectorLinear(this);
    private final VectorSoftmax softmax = new VectorSoftmax(this);
    private final VectorScreen screen = new VectorScreen();
    private final VectorAttention attention = new VectorAttention(attentionTile());

    /** Lanes of a vector here; part of the arithmetic's identity. */
    public static int lanes() {
        return L;
    }

    @Override
    public void linear(int rows, LinearWeights w, Floats x, @Nullable Floats residual, Floats y) {
        if (!WIDE) {
            super.linear(rows, w, x, residual, y);
            return;
        }
        HostFloats rest = residual == null ? null : HostFloats.of(residual);
        linear.forward(rows, w, HostFloats.of(x), rest, HostFloats.of(y), null);
    }

    @Override
    public void linearSilu(int rows, LinearWeights w, Floats x, Floats z, Floats a) {
        if (!WIDE) {
            super.linearSilu(rows, w, x, z, a);
            return;
        }
        linear.forward(rows, w, HostFloats.of(x), null, HostFloats.of(z), HostFloats.of(a));
    }

    @Override
    public void linearBackward(int rows, LinearWeights w, LinearWeights grad, Floats x, Floats dy, Floats dx) {
        if (!WIDE) {
            super.linearBackward(rows, w, grad, x, dy, dx);
            return;
        }
        linear.backward(rows, w, grad, HostFloats.of(x), HostFloats.of(dy), HostFloats.of(dx));
    }

    @Override
    public void softmax(SoftmaxShape shape, Floats y, Floats e, SoftmaxBias bias, Ints targets, SoftmaxOutput out) {
        if (!WIDE) {
            super.softmax(shape, y, e, bias, targets, out);
            return;
        }
        softmax.run(shape, HostFloats.of(y), HostFloats.of(e), bias, HostInts.of(targets), out);
    }

    @Override
    public void layerNorm(int rows, NormWeights w, Floats x, Floats y, Floats stats) {
        if (w.width() == PanelNorms.W) {
            PanelNorms.forward(rows, w, HostFloats.of(x), HostFloats.of(y), HostFloats.of(stats));
        } else {
            super.layerNorm(rows, w, x, y, stats);
        }
    }

    @Override
    public void layerNormBackward(LayerNormGrad call) {
        if (call.weights().width() != PanelNorms.W) {
            super.layerNormBackward(call);
            return;
        }
        HostFloats x = HostFloats.of(call.x());
        HostFloats stats = HostFloats.of(call.stats());
        HostFloats dy = HostFloats.of(call.dy());
        HostFloats gamma = HostFloats.of(call.weights().gamma());
        HostFloats dx = HostFloats.of(call.dx());
        PanelNorms.weights(
                0, call.rows(), NormRow.Tables.of(call.weights(), call.grad()), x, stats, dy.array, dy.start);
        for (int r = 0; r < call.rows(); r += NORM_ROWS) {
            int m = Math.min(NORM_ROWS, call.rows() - r);
            int at = dy.start + r * PanelNorms.W;
            PanelNorms.backward(r, m, gamma, x, stats, dy.array, at, dx, true, normSums);
        }
    }

    @Override
    public void gatedNorm(int rows, NormWeights w, Floats o, Floats projected, Floats g, Floats stats) {
        if (w.width() == PanelNorms.W) {
            PanelNorms.forward(rows, w, HostFloats.of(o), HostFloats.of(g), HostFloats.of(stats));
            PanelNorms.gate(rows, HostFloats.of(projected), HostFloats.of(g));
        } else {
            super.gatedNorm(rows, w, o, projected, g, stats);
        }
    }

    @Override
    public void gatedNormBackward(GatedNormGrad call) {
        if (call.weights().width() != PanelNorms.W) {
            super.gatedNormBackward(call);
            return;
        }
        NormRow.Tables tables = NormRow.Tables.of(call.weights(), call.grad());
        HostFloats o = HostFloats.of(call.o());
        HostFloats stats = HostFloats.of(call.stats());
        HostFloats dO = HostFloats.of(call.dO());
        for (int r = 0; r < call.rows(); r += NORM_ROWS) {
            int m = Math.min(NORM_ROWS, call.rows() - r);
            PanelNorms.gateBackward(r, m, call, dNorm);
            PanelNorms.weights(r, m, tables, o, stats, dNorm, 0);
            PanelNorms.backward(r, m, tables.gamma(), o, stats, dNorm, 0, dO, false, normSums);
        }
    }

    @Override
    public void attention(JaggedLayout layout, AttentionWeights w, Floats projected, Floats o) {
        if (!WIDE) {
            super.attention(layout, w, projected, o);
            return;
        }
        attention.forward(layout, w, HostFloats.of(projected), HostFloats.of(o));
    }

    @Override
    public void attentionBackward(
            JaggedLayout layout,
            AttentionWeights w,
            AttentionWeights grad,
            Floats projected,
            Floats dO,
            Floats dProjected) {
        if (!WIDE) {
            super.attentionBackward(layout, w, grad, projected, dO, dProjected);
            return;
        }
        attention.backward(layout, w, grad, HostFloats.of(projected), HostFloats.of(dO), HostFloats.of(dProjected));
    }

    @Override
    protected void multiply(Product p, float[] a, float[] b, float[] c) {
        products.multiply(p, a, b, c);
    }

    @Override
    protected void multiplyTransposed(Product p, float[] a, float[] b, float[] c) {
        if (transposed.length < p.k * p.n) {
            transposed = new float[2 * p.k * p.n];
        }
        transpose(b, p.bStart, p.bStride, p.n, p.k, transposed);
        Product straight = new Product(p.m, p.n, p.k, p.add);
        straight.a(p.aStart, p.aStride, p.aTransposed).b(0, p.n).c(p.cStart, p.cStride);
        multiply(straight, a, transposed, c);
    }

    @Override
    protected float dot(int n, float[] a, int aStart, float[] b, int bStart) {
        FloatVector s = FloatVector.zero(S);
        int i = 0;
        for (; i + L <= n; i += L) {
            s = FloatVector.fromArray(S, a, aStart + i).fma(FloatVector.fromArray(S, b, bStart + i), s);
        }
        float sum = VectorExponential.total(s).lane(0);
        for (; i < n; i++) {
            sum = Math.fma(a[aStart + i], b[bStart + i], sum);
        }
        return sum;
    }

    /** Rows of four vectors against a query that stays in registers. */
    @Override
    protected void dots(int count, int d, float[] rows, int start, float[] x, float[] out) {
        if (d != 4 * L) {
            super.dots(count, d, rows, start, x, out);
            return;
        }
        FloatVector x0 = FloatVector.fromArray(S, x, 0);
        FloatVector x1 = FloatVector.fromArray(S, x, L);
        FloatVector x2 = FloatVector.fromArray(S, x, 2 * L);
        FloatVector x3 = FloatVector.fromArray(S, x, 3 * L);
        for (int r = 0; r < count; r++) {
            int at = start + r * d;
            FloatVector s = FloatVector.fromArray(S, rows, at).mul(x0);
            s = FloatVector.fromArray(S, rows, at + L).fma(x1, s);
            s = FloatVector.fromArray(S, rows, at + 2 * L).fma(x2, s);
            s = FloatVector.fromArray(S, rows, at + 3 * L).fma(x3, s);
            out[r] = VectorExponential.total(s).lane(0);
        }
    }

    @Override
    protected int reaching(
            QuantizedQuery query,
            HostQuantizedRows rows,
            HostFloats bias,
            int from,
            int count,
            float mark,
            int[] found) {
        int whole = VectorScreen.POSSIBLE && from % VectorScreen.STEP == 0 ? count / VectorScreen.STEP : 0;
        int done = whole * VectorScreen.STEP;
        int reached = screen.reaching(query, rows, bias, from, done, mark, found);
        if (done < count) {
            int[] rest = new int[count - done];
            int more = super.reaching(query, rows, bias, from + done, count - done, mark, rest);
            System.arraycopy(rest, 0, found, reached, more);
            reached += more;
        }
        return reached;
    }

    @Override
    public void axpy(int n, float factor, float[] x, int xStart, float[] y, int yStart) {
        FloatVector f = FloatVector.broadcast(S, factor);
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector.fromArray(S, x, xStart + i)
                    .fma(f, FloatVector.fromArray(S, y, yStart + i))
                    .intoArray(y, yStart + i);
        }
        for (; i < n; i++) {
            y[yStart + i] = Math.fma(x[xStart + i], factor, y[yStart + i]);
        }
    }

    @Override
    public void scaleAdd(int n, float factor, float[] x, int xStart, float[] y, int yStart) {
        FloatVector f = FloatVector.broadcast(S, factor);
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector.fromArray(S, y, yStart + i)
                    .fma(f, FloatVector.fromArray(S, x, xStart + i))
                    .intoArray(y, yStart + i);
        }
        for (; i < n; i++) {
            y[yStart + i] = Math.fma(y[yStart + i], factor, x[xStart + i]);
        }
    }

    @Override
    public void silu(int n, float[] z, int zStart, float[] a, int aStart) {
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector v = FloatVector.fromArray(S, z, zStart + i);
            VectorExponential.silu(v).intoArray(a, aStart + i);
        }
        super.silu(n - i, z, zStart + i, a, aStart + i);
    }

    @Override
    protected void siluSlope(int n, float[] z, int zStart, float[] g, int gStart, float[] x, int xStart) {
        int i = 0;
        FloatVector one = FloatVector.broadcast(S, 1f);
        for (; i + L <= n; i += L) {
            FloatVector v = FloatVector.fromArray(S, z, zStart + i);
            FloatVector s = VectorExponential.sigmoid(v);
            v.mul(s)
                    .fma(one.sub(s), s)
                    .mul(FloatVector.fromArray(S, g, gStart + i))
                    .intoArray(x, xStart + i);
        }
        super.siluSlope(n - i, z, zStart + i, g, gStart + i, x, xStart + i);
    }

    @Override
    public double exponentials(int n, float[] x, int start, float shift) {
        FloatVector sums = FloatVector.zero(S);
        FloatVector top = FloatVector.broadcast(S, shift);
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector e = VectorExponential.decay(top.sub(FloatVector.fromArray(S, x, start + i)));
            e.intoArray(x, start + i);
            sums = sums.add(e);
        }
        double sum = VectorExponential.total(sums).lane(0);
        for (; i < n; i++) {
            x[start + i] = Exponential.decay(shift - x[start + i]);
            sum += x[start + i];
        }
        return sum;
    }

    @Override
    public float maximum(int n, float[] x, int start) {
        FloatVector most = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i + L <= n; i += L) {
            most = most.max(FloatVector.fromArray(S, x, start + i));
        }
        float max = most.reduceLanes(VectorOperators.MAX);
        for (; i < n; i++) {
            max = Math.max(max, x[start + i]);
        }
        return max;
    }

    @Override
    protected void attentionWeights(AttentionTile t) {
        int tall = AttentionTile.ROWS;
        FloatVector scoreScale = FloatVector.broadcast(S, t.scoreScale);
        for (int j = 0; j < t.columns(); j++) {
            int bias = AttentionTile.PAD + t.first - j;
            for (int r = 0; r < tall; r += L) {
                int at = j * tall + r;
                FloatVector score = FloatVector.fromArray(S, t.scores, at)
                        .fma(scoreScale, FloatVector.fromArray(S, t.times, at))
                        .add(FloatVector.fromArray(S, t.position, bias + r));
                VectorExponential.sigmoid(score)
                        .mul(score.mul(FloatVector.fromArray(S, t.rowScales, r)))
                        .intoArray(t.scores, at);
            }
        }
    }

    @Override
    protected void attentionSlopes(AttentionTile t) {
        int tall = AttentionTile.ROWS;
        FloatVector one = FloatVector.broadcast(S, 1f);
        FloatVector scoreScale = FloatVector.broadcast(S, t.scoreScale);
        for (int j = 0; j < t.columns(); j++) {
            int bias = AttentionTile.PAD + t.first - j;
            for (int r = 0; r < tall; r += L) {
                int at = j * tall + r;
                FloatVector score = FloatVector.fromArray(S, t.scores, at)
                        .fma(scoreScale, FloatVector.fromArray(S, t.times, at))
                        .add(FloatVector.fromArray(S, t.position, bias + r));
                FloatVector sigmoid = VectorExponential.sigmoid(score);
                FloatVector weight = score.mul(sigmoid);
                FloatVector scale = FloatVector.fromArray(S, t.rowScales, r);
                weight.mul(scale).intoArray(t.scores, at);
                weight.fma(one.sub(sigmoid), sigmoid)
                        .mul(scale)
                        .mul(FloatVector.fromArray(S, t.gradients, at))
                        .intoArray(t.gradients, at);
            }
        }
    }

    @Override
    protected void positionGradients(AttentionTile t) {
        int tall = AttentionTile.ROWS;
        FloatVector scale = FloatVector.broadcast(S, t.scoreScale);
        for (int phase = 0; phase < tall; phase++) {
            for (int j = phase; j < t.columns(); j += tall) {
                int to = AttentionTile.PAD + t.first - j;
                for (int r = 0; r < tall; r += L) {
                    FloatVector g = FloatVector.fromArray(S, t.gradients, j * tall + r);
                    g.add(FloatVector.fromArray(S, t.dPosition, to + r)).intoArray(t.dPosition, to + r);
                    g.mul(scale).intoArray(t.gradients, j * tall + r);
                }
            }
        }
    }

    @Override
    public void add(int n, float[] a, int aStart, float[] b, int bStart, float[] y, int yStart) {
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector.fromArray(S, a, aStart + i)
                    .add(FloatVector.fromArray(S, b, bStart + i))
                    .intoArray(y, yStart + i);
        }
        for (; i < n; i++) {
            y[yStart + i] = a[aStart + i] + b[bStart + i];
        }
    }

    @Override
    protected void accumulate(int n, float factor, float[] x, int start, float[] sums, int sStart, float then) {
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, start + i).mul(factor);
            v.add(FloatVector.fromArray(S, sums, sStart + i)).intoArray(sums, sStart + i);
            v.mul(then).intoArray(x, start + i);
        }
        super.accumulate(n - i, factor, x, start + i, sums, sStart + i, then);
    }

    @Override
    protected void adam(AdamRow row, int n, float[] w, float[] m, float[] v, float[] g, int[] starts) {
        int i = 0;
        for (; i + L <= n; i += L) {
            FloatVector gradient = FloatVector.fromArray(S, g, starts[3] + i);
            FloatVector first =
                    FloatVector.fromArray(S, m, starts[1] + i).mul(row.beta1).add(gradient.mul(1 - row.beta1));
            FloatVector second = FloatVector.fromArray(S, v, starts[2] + i)
                    .mul(row.beta2)
                    .add(gradient.mul(gradient).mul(1 - row.beta2));
            first.intoArray(m, starts[1] + i);
            second.intoArray(v, starts[2] + i);
            FloatVector root =
                    second.mul(row.correct2).lanewise(VectorOperators.SQRT).add(row.epsilon);
            FloatVector update = first.mul(row.correct1).div(root);
            FloatVector.fromArray(S, w, starts[0] + i)
                    .mul(row.keep)
                    .sub(update.mul(row.rate))
                    .intoArray(w, starts[0] + i);
        }
        for (int s = 0; s < starts.length; s++) {
            starts[s] += i;
        }
        super.adam(row, n - i, w, m, v, g, starts);
    }

    @Override
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
        int x = 0;
        for (; x + L <= d; x += L) {
            FloatVector query = FloatVector.fromArray(S, y, row + x);
            FloatVector sum = FloatVector.zero(S);
            for (int j = 0; j < c; j++) {
                int at = items[from + j] * d + x;
                FloatVector factor = FloatVector.broadcast(S, g[j]);
                sum = FloatVector.fromArray(S, e.array, e.start + at).fma(factor, sum);
                query.fma(factor, FloatVector.fromArray(S, dE.array, dE.start + at))
                        .intoArray(dE.array, dE.start + at);
            }
            sum.intoArray(dY, to + x);
        }
        for (; x < d; x++) {
            float sum = 0;
            for (int j = 0; j < c; j++) {
                int at = items[from + j] * d + x;
                sum = Math.fma(e.array[e.start + at], g[j], sum);
                dE.array[dE.start + at] = Math.fma(y[row + x], g[j], dE.array[dE.start + at]);
            }
            dY[to + x] = sum;
        }
    }

    @Override
    protected NormRow normRow() {
        return norms;
    }
}
