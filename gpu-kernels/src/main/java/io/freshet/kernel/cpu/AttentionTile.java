package io.freshet.kernel.cpu;

import io.freshet.kernel.AttentionWeights;
import io.freshet.kernel.JaggedLayout;
import java.util.Arrays;

/**
 * Scratch of pointwise attention for one head of one sequence, and the tile of {@link #ROWS} query rows that is at work.
 *
 * <p>A tile of scores is kept transposed, {@code [columns, ROWS]}: the rows of one key stand side by side. So queries
 * are what is transposed (a tile of them fits the first cache), keys and values are read as they lie, and the relative
 * position bias of a key is one contiguous read.
 */
final class AttentionTile {
    /** Query rows of a tile. */
    static final int ROWS = JaggedLayout.TILE;

    /** Bias by distance, {@code [PAD + n]}: a distance {@code x} stands at {@code PAD + x}. */
    float[] position = new float[0];
    /** Gradients of {@link #position}. */
    float[] dPosition = new float[0];
    /** Gradients of the time bias by bucket and row of the tile, {@code [buckets, ROWS]}. */
    float[] dTime = new float[0];
    /** Room before distance 0, for the pairs past the diagonal. */
    static final int PAD = ROWS;

    /** Bias by bucket. */
    private float[] time = new float[0];

    private int timeStart;
    private byte[] buckets = new byte[0];
    private int bucketStart;
    /** Time bias of every pair of the tile, {@code [columns, ROWS]}. */
    float[] times = new float[0];

    final float[] rowScales = new float[ROWS];
    /** Queries times the score scale, {@code [ROWS, d]}, zero past the last row; and transposed, {@code [d, ROWS]}. */
    float[] queries = new float[0];

    float[] queriesTransposed = new float[0];
    /** Gradients of the output, transposed, {@code [d, ROWS]}. */
    float[] dOutTransposed = new float[0];
    /** Transposed scores, {@code [columns, ROWS]}. */
    float[] scores = new float[0];
    /** The same for their gradients. */
    float[] gradients = new float[0];

    int first;
    int rows;

    /** Keys that the tile's last row sees. */
    int columns() {
        return first + rows;
    }

    /** Readies the tables of a head for a sequence of {@code n} rows. */
    void head(AttentionWeights weights, int h, int n) {
        int d = weights.headDim();
        if (position.length < PAD + n + ROWS) {
            int size = 2 * (PAD + n + ROWS);
            position = new float[size];
            dPosition = new float[size];
            scores = new float[size * ROWS];
            gradients = new float[size * ROWS];
            times = new float[size * ROWS];
        }
        if (queries.length < ROWS * d) {
            queries = new float[ROWS * d];
            queriesTransposed = new float[ROWS * d];
            dOutTransposed = new float[ROWS * d];
        }
        HostFloats table = HostFloats.of(weights.position());
        int from = table.start + h * weights.window();
        int near = Math.min(n, weights.window());
        System.arraycopy(table.array, from, position, PAD, near);
        Arrays.fill(position, PAD + near, PAD + n + ROWS, table.array[from + weights.window() - 1]);
        HostFloats times = HostFloats.of(weights.time());
        time = times.array;
        timeStart = times.start + h * weights.buckets();
    }

    /** Forgets the gradients of a head's tables. */
    void clearGradients(int n, int timeBuckets) {
        Arrays.fill(dPosition, 0, PAD + n + ROWS, 0f);
        if (dTime.length < timeBuckets * ROWS) {
            dTime = new float[timeBuckets * ROWS];
        }
        Arrays.fill(dTime, 0, timeBuckets * ROWS, 0f);
    }

    /** Adds the gradients of a head's tables to the weights' ones. */
    void addGradients(AttentionWeights grad, int h, int n) {
        HostFloats table = HostFloats.of(grad.position());
        int to = table.start + h * grad.window();
        for (int distance = 0; distance < n; distance++) {
            table.array[to + Math.min(distance, grad.window() - 1)] += dPosition[PAD + distance];
        }
        HostFloats times = HostFloats.of(grad.time());
        int timeTo = times.start + h * grad.buckets();
        for (int bucket = 0; bucket < grad.buckets(); bucket++) {
            float sum = 0;
            for (int r = 0; r < ROWS; r++) {
                sum += dTime[bucket * ROWS + r];
            }
            times.array[timeTo + bucket] += sum;
        }
    }

    /** Moves to the tile that starts at row {@code i0} of sequence {@code b}. */
    void tile(JaggedLayout layout, AttentionWeights weights, int b, int i0) {
        first = i0;
        rows = Math.min(ROWS, layout.length(b) - i0);
        buckets = layout.timeBuckets;
        bucketStart = layout.pair(b, i0, 0);
        for (int r = 0; r < ROWS; r++) {
            rowScales[r] = r < rows ? weights.rowScale(i0 + r) : 0f;
        }
        int pairs = columns() * ROWS;
        if (weights.buckets() == 1) {
            Arrays.fill(times, 0, pairs, time[timeStart]);
            return;
        }
        for (int i = 0; i < pairs; i++) {
            times[i] = time[timeStart + (buckets[bucketStart + i] & 255)];
        }
    }

    /** Takes the tile's queries, {@code d} values each, {@code stride} apart. */
    void readQueries(float[] from, int start, int stride, int d, float scale) {
        for (int r = 0; r < ROWS; r++) {
            for (int c = 0; c < d; c++) {
                float value = r < rows ? from[start + r * stride + c] * scale : 0f;
                queries[r * d + c] = value;
            }
        }
        transpose(queries, 0, d, d, ROWS, queriesTransposed);
    }

    /** Takes the gradients of the tile's outputs. */
    void readOutputGradients(float[] from, int start, int stride, int d) {
        transpose(from, start, stride, d, rows, dOutTransposed);
    }

    /** {@code to[c * ROWS + r] = from[start + r * stride + c]}; zero from row {@code count}. */
    private static void transpose(float[] from, int start, int stride, int d, int count, float[] to) {
        for (int c = 0; c < d; c++) {
            int at = c * ROWS;
            for (int r = 0; r < count; r++) {
                to[at + r] = from[start + r * stride + c];
            }
            for (int r = count; r < ROWS; r++) {
                to[at + r] = 0f;
            }
        }
    }

    /** Zeroes what stands past the diagonal of a transposed tile. */
    void mask(float[] tile) {
        for (int j = first + 1; j < columns(); j++) {
            Arrays.fill(tile, j * ROWS, j * ROWS + j - first, 0f);
        }
    }

    /** Adds a tile's gradients of scores to the position bias, diagonal by diagonal. */
    void addPositionGradients(float[] tile) {
        for (int phase = 0; phase < ROWS; phase++) {
            for (int j = phase; j < columns(); j += ROWS) {
                int to = PAD + first - j;
                int from = j * ROWS;
                for (int r = 0; r < ROWS; r++) {
                    dPosition[to + r] += tile[from + r];
                }
            }
        }
    }

    /** Adds a tile's gradients of scores to the time bias; every row of the tile has a sum of its own. */
    void addTimeGradients(float[] tile) {
        for (int j = 0; j < columns(); j++) {
            int from = j * ROWS;
            for (int r = 0; r < ROWS; r++) {
                dTime[(buckets[bucketStart + from + r] & 255) * ROWS + r] += tile[from + r];
            }
        }
    }
}
