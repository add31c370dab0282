package io.freshet.kernel.cpu.vector;

import io.freshet.kernel.AttentionWeights;
import io.freshet.kernel.JaggedLayout;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.scalar.AttentionTile;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Pointwise attention of the scalar kernels' meaning, for vectors half as long as a tile: keys and values of a head are
 * laid out as panels once per sequence, factors are applied where operands are copied anyway, and vectors past the
 * diagonal are left out.
 */
final class VectorAttention {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();
    private static final int W = NarrowPanels.W;
    private static final int ROWS = AttentionTile.ROWS;

    /** Zeros, then ones in all bits, {@code [3 * ROWS]}. */
    private static final int[] EDGE = new int[3 * ROWS];

    static {
        Arrays.fill(EDGE, 2 * ROWS, 3 * ROWS, -1);
    }

    private final AttentionTile tile;
    private final VectorTranspose block = new VectorTranspose();
    private final BucketRuns runs = new BucketRuns();
    /** Keys of the head at work, {@code [parts, padded, W]}. */
    private float[] keys = new float[0];
    /** Values of the head at work, {@code [parts, padded, W]}. */
    private float[] values = new float[0];
    /** Gradients of {@link #keys}, {@code [parts, padded, W]}. */
    private float[] dKeys = new float[0];
    /** Gradients of {@link #values}, {@code [parts, padded, W]}. */
    private float[] dValues = new float[0];
    /** Queries of the tile times the scale of scores, {@code [parts, ROWS, W]}. */
    private float[] queries = new float[0];
    /** Gradients of the tile's outputs times the scales of rows, {@code [parts, ROWS, W]}. */
    private float[] dOut = new float[0];
    /** One panel of a result, {@code [ROWS, W]}. */
    private final float[] result = new float[ROWS * W];
    /** Gradients of the position bias by place of the key against the tile and by row, {@code [heads, keys, ROWS]}. */
    private float[] diagonals = new float[0];

    private JaggedLayout layout;
    private AttentionWeights weights;
    private int d;
    private int stride;
    private int parts;
    /** Keys of the sequence, rounded up to eights. */
    private int padded;

    VectorAttention(AttentionTile tile) {
        this.tile = tile;
        layout = new JaggedLayout(0, 0);
        weights = new AttentionWeights(0, 0, 0, 0, 0, 0, new HostFloats(keys, 0, 0), new HostFloats(keys, 0, 0));
    }

    private void open(JaggedLayout layout, AttentionWeights weights) {
        this.layout = layout;
        this.weights = weights;
        d = weights.headDim();
        stride = 4 * weights.width();
        parts = (d + W - 1) / W;
        if (weights.buckets() > 1) {
            runs.update(layout);
        }
    }

    private static float[] room(float[] scratch, int count) {
        return scratch.length < count ? new float[2 * count] : scratch;
    }

    /** Lays out a head's keys and values, {@code [parts, padded, W]}. */
    private void head(float[] in, int row, int h, int n) {
        tile.head(weights, h, n);
        padded = (n + 7) / 8 * 8;
        int size = parts * padded * W;
        keys = room(keys, size);
        values = room(values, size);
        queries = room(queries, parts * ROWS * W);
        dOut = room(dOut, parts * ROWS * W);
        int width = weights.width();
        for (int q = 0; q < parts; q++) {
            int columns = Math.min(W, d - q * W);
            copy(n, columns, in, row + 3 * width + q * W, keys, q * padded * W);
            copy(n, columns, in, row + width + q * W, values, q * padded * W);
        }
    }

    private void copy(int n, int columns, float[] in, int start, float[] to, int at) {
        if (columns == W) {
            for (int r = 0; r < n; r++) {
                scaled(1f, in, start + r * stride, to, at + r * W);
            }
        } else {
            for (int r = 0; r < n; r++) {
                System.arraycopy(in, start + r * stride, to, at + r * W, columns);
                Arrays.fill(to, at + r * W + columns, at + r * W + W, 0f);
            }
        }
        Arrays.fill(to, at + n * W, at + padded * W, 0f);
    }

    /** A row of W values times a factor. */
    private static void scaled(float factor, float[] from, int start, float[] to, int at) {
        FloatVector.fromArray(S, from, start).mul(factor).intoArray(to, at);
        FloatVector.fromArray(S, from, start + L).mul(factor).intoArray(to, at + L);
    }

    /** Writes the attended values: {@code in [T, 4 * H * d]}, {@code out [T, H * d]}. */
    void forward(JaggedLayout batch, AttentionWeights bias, HostFloats in, HostFloats out) {
        open(batch, bias);
        int width = weights.width();
        for (int b = 0; b < layout.sequences(); b++) {
            int n = layout.length(b);
            for (int h = 0; h < weights.heads(); h++) {
                int row = in.start + layout.offsets[b] * stride + h * d;
                head(in.array, row, h, n);
                for (int t = layout.firstTile(b); t < layout.tiles(b); t++) {
                    scores(b, t, in.array, row);
                    weigh();
                    int to = out.start + (layout.offsets[b] + tile.first) * width + h * d;
                    for (int q = 0; q < parts; q++) {
                        NarrowPanels.columnsToDiagonal(tile.first, tile.scores, values, q * padded * W, result);
                        for (int r = tile.skipped; r < ROWS; r++) {
                            write(Math.min(W, d - q * W), tile.rowScales[r], r, out.array, to + r * width + q * W);
                        }
                    }
                }
            }
        }
    }

    /** Writes a row of {@link #result} times a factor. */
    private void write(int columns, float factor, int r, float[] to, int at) {
        if (columns == W) {
            scaled(factor, result, r * W, to, at);
            return;
        }
        for (int c = 0; c < columns; c++) {
            to[at + c] = result[r * W + c] * factor;
        }
    }

    /** Keys of the tile at work, rounded up to eights. */
    private int tall() {
        return (tile.columns() + 7) / 8 * 8;
    }

    /** Transposed products of a tile's queries with all keys up to its last row. */
    private void scores(int b, int t, float[] in, int row) {
        tile.tile(layout, weights, b, t);
        if (weights.buckets() > 1) {
            TimeRuns.look(runs.values(), runs.start(b, t), runs.end(b, t), tile.time, tile.timeStart, tile.times);
        } else {
            tile.lookUpTimes(weights);
        }
        int start = row + 2 * weights.width() + tile.first * stride;
        for (int r = tile.skipped; r < ROWS; r++) {
            take(weights.scoreScale(), in, start + r * stride, r, queries);
        }
        transpose(queries, tile.queriesTransposed);
        products(keys, tile.queriesTransposed, tile.scores);
    }

    private void products(float[] a, float[] transposed, float[] to) {
        int both = Math.min(tall(), (seen(0) + 7) / 8 * 8);
        int rest = tall() - both;
        for (int q = 0; q < parts; q++) {
            int depth = Math.min(W, d - q * W);
            int at = q * padded * W;
            int row = q * W * ROWS;
            NarrowPanels.rows(both, depth, a, at, W, transposed, row, q > 0, to, 0);
            NarrowPanels.upperRows(rest, depth, a, at + both * W, W, transposed, row, q > 0, to, both * ROWS);
        }
    }

    /** Takes a row times a factor into panels {@code [parts, ROWS, W]}. */
    private void take(float factor, float[] from, int start, int r, float[] panels) {
        for (int q = 0; q < parts; q++) {
            int columns = Math.min(W, d - q * W);
            int at = (q * ROWS + r) * W;
            if (columns == W) {
                scaled(factor, from, start + q * W, panels, at);
            } else {
                for (int c = 0; c < columns; c++) {
                    panels[at + c] = from[start + q * W + c] * factor;
                }
                Arrays.fill(panels, at + columns, at + W, 0f);
            }
        }
    }

    /** Zeroes the rows of panels that the tile skips, and transposes all. */
    private void transpose(float[] panels, float[] transposed) {
        for (int q = 0; q < parts; q++) {
            int at = q * ROWS * W;
            Arrays.fill(panels, at, at + tile.skipped * W, 0f);
            for (int r = 0; r < ROWS; r += L) {
                for (int c = 0; c < W; c += L) {
                    block.transpose(panels, at + r * W + c, W, transposed, at + c * ROWS + r, ROWS);
                }
            }
        }
    }

    /** Keys that the rows of the vector from row {@code r} see. */
    private int seen(int r) {
        return Math.max(0, tile.first + r + L);
    }

    /** Keys from which on nobody reads what rows from {@code r} on have: eights begin where these rows see some. */
    private int computed(int r) {
        return Math.min(tall(), Math.max(0, tile.first + r + L + 7));
    }

    private FloatVector score(int j, int r) {
        return FloatVector.fromArray(S, tile.scores, j * ROWS + r)
                .add(FloatVector.fromArray(S, tile.times, j * ROWS + r))
                .add(FloatVector.fromArray(S, tile.position, AttentionTile.PAD + tile.first + r - j));
    }

    /** Replaces products by {@code SiLU(product + time + position)}; zeros past the diagonal. */
    private void weigh() {
        for (int r = 0; r < ROWS; r += L) {
            weigh(r, computed(r));
            mask(r, tile.scores);
        }
    }

    private void weigh(int r, int end) {
        for (int j = 0; j < end; j++) {
            VectorExponential.silu(score(j, r)).intoArray(tile.scores, j * ROWS + r);
        }
    }

    /** Replaces products by weights, and gradients of the weights by those of the scores. */
    private void slopes() {
        for (int r = 0; r < ROWS; r += L) {
            slopes(r, computed(r));
            mask(r, tile.scores);
            mask(r, tile.gradients);
            for (int j = computed(r); j < tile.columns(); j++) {
                FloatVector.zero(S).intoArray(tile.gradients, j * ROWS + r);
            }
        }
    }

    private void slopes(int r, int end) {
        float[] scores = tile.scores;
        float[] gradients = tile.gradients;
        FloatVector one = FloatVector.broadcast(S, 1f);
        for (int j = 0; j < end; j++) {
            int at = j * ROWS + r;
            FloatVector score = score(j, r);
            FloatVector sigmoid = VectorExponential.sigmoid(score);
            FloatVector weight = score.mul(sigmoid);
            weight.intoArray(scores, at);
            weight.fma(one.sub(sigmoid), sigmoid)
                    .mul(FloatVector.fromArray(S, gradients, at))
                    .intoArray(gradients, at);
        }
    }

    /** Zeroes what rows from {@code r} on have past the diagonal. */
    private void mask(int r, float[] pairs) {
        int end = computed(r);
        for (int j = Math.max(0, tile.first + r + 1); j < end; j++) {
            int at = j * ROWS + r;
            FloatVector.fromArray(S, pairs, at)
                    .reinterpretAsInts()
                    .and(IntVector.fromArray(IntVector.SPECIES_PREFERRED, EDGE, 2 * ROWS - (j - tile.first - r)))
                    .reinterpretAsFloats()
                    .intoArray(pairs, at);
        }
    }

    /**
     * Backward of {@link #forward}: overwrites the V, Q and K parts of {@code dIn [T, 4 * H * d]}, adds to the tables
     * of {@code grad}, given {@code in [T, 4 * H * d]} and {@code dO [T, H * d]}.
     */
    void backward(
            JaggedLayout batch,
            AttentionWeights bias,
            AttentionWeights grad,
            HostFloats in,
            HostFloats dO,
            HostFloats dIn) {
        open(batch, bias);
        int width = weights.width();
        int longest = 0;
        for (int b = 0; b < layout.sequences(); b++) {
            longest = Math.max(longest, layout.length(b));
        }
        int keysOfHead = longest + ROWS;
        tile.clearTimeGradients(weights.heads(), weights.buckets());
        diagonals = room(diagonals, weights.heads() * keysOfHead * ROWS);
        Arrays.fill(diagonals, 0, weights.heads() * keysOfHead * ROWS, 0f);
        for (int b = 0; b < layout.sequences(); b++) {
            int n = layout.length(b);
            for (int h = 0; h < weights.heads(); h++) {
                int row = in.start + layout.offsets[b] * stride + h * d;
                int dRow = dIn.start + layout.offsets[b] * stride + h * d;
                head(in.array, row, h, n);
                tile.dTimeStart = h * weights.buckets() * ROWS;
                dKeys = room(dKeys, parts * padded * W);
                dValues = room(dValues, parts * padded * W);
                Arrays.fill(dKeys, 0, parts * padded * W, 0f);
                Arrays.fill(dValues, 0, parts * padded * W, 0f);
                for (int t = layout.firstTile(b); t < layout.tiles(b); t++) {
                    scores(b, t, in.array, row);
                    int out = dO.start + (layout.offsets[b] + tile.first) * width + h * d;
                    backward(b, t, dO.array, out, h * keysOfHead * ROWS, dIn.array, dRow);
                }
                for (int r = 0; r < layout.firstComputed(b); r++) {
                    int at = dRow + 2 * width + r * stride;
                    Arrays.fill(dIn.array, at, at + d, 0f);
                }
                for (int q = 0; q < parts; q++) {
                    int at = q * padded * W;
                    spread(n, Math.min(W, d - q * W), dValues, at, dIn.array, dRow + width + q * W);
                    spread(n, Math.min(W, d - q * W), dKeys, at, dIn.array, dRow + 3 * width + q * W);
                }
            }
        }
        for (int h = 0; h < weights.heads(); h++) {
            tile.dTimeStart = h * weights.buckets() * ROWS;
            tile.addTimeGradients(grad, h);
        }
        addPositions(grad, longest, keysOfHead);
    }

    /** Copies a panel's rows to where they belong. */
    private void spread(int n, int columns, float[] panel, int at, float[] to, int start) {
        for (int r = 0; r < n; r++) {
            if (columns == W) {
                scaled(1f, panel, at + r * W, to, start + r * stride);
            } else {
                System.arraycopy(panel, at + r * W, to, start + r * stride, columns);
            }
        }
    }

    /** {@code A = V dOᵀ; P, dS from S and A; dV += P dO; dQ = scale dSᵀ K; dK += scale dS Q}. */
    private void backward(int b, int t, float[] dO, int out, int diagonal, float[] dIn, int dRow) {
        int width = weights.width();
        for (int r = tile.skipped; r < ROWS; r++) {
            take(tile.rowScales[r], dO, out + r * width, r, dOut);
        }
        transpose(dOut, tile.dOutTransposed);
        products(values, tile.dOutTransposed, tile.gradients);
        slopes();
        if (weights.buckets() > 1) {
            TimeRuns.add(runs.values(), runs.start(b, t), runs.end(b, t), tile.gradients, tile.dTime, tile.dTimeStart);
        }
        addDiagonals(diagonal);
        int to = dRow + 2 * width + tile.first * stride;
        for (int q = 0; q < parts; q++) {
            int at = q * padded * W;
            NarrowPanels.rowsFromDiagonal(tall(), tile.first, tile.scores, dOut, q * ROWS * W, dValues, at);
            NarrowPanels.rowsFromDiagonal(tall(), tile.first, tile.gradients, queries, q * ROWS * W, dKeys, at);
            NarrowPanels.columnsToDiagonal(tile.first, tile.gradients, keys, at, result);
            for (int r = tile.skipped; r < ROWS; r++) {
                write(Math.min(W, d - q * W), weights.scoreScale(), r, dIn, to + r * stride + q * W);
            }
        }
    }

    /** Adds a tile's gradients of scores by place of the key against the tile's last row. */
    private void addDiagonals(int diagonal) {
        int last = diagonal + (tile.columns() - 1) * ROWS;
        for (int r = 0; r < ROWS; r += L) {
            for (int j = 0; j < seen(r); j++) {
                int at = last - j * ROWS + r;
                FloatVector.fromArray(S, tile.gradients, j * ROWS + r)
                        .add(FloatVector.fromArray(S, diagonals, at))
                        .intoArray(diagonals, at);
            }
        }
    }

    /** Sums the gradients of all pairs of one distance into the position bias. */
    private void addPositions(AttentionWeights grad, int longest, int keysOfHead) {
        HostFloats table = HostFloats.of(grad.position());
        for (int h = 0; h < weights.heads(); h++) {
            for (int distance = 0; distance < longest; distance++) {
                float sum = 0;
                for (int r = 0; r < ROWS; r++) {
                    // The key stands `place` before the tile's last row, so `place - (ROWS - 1 - r)` before row r.
                    sum += diagonals[(h * keysOfHead + distance + ROWS - 1 - r) * ROWS + r];
                }
                table.array[table.start + h * grad.window() + Math.min(distance, grad.window() - 1)] += sum;
            }
        }
    }
}
