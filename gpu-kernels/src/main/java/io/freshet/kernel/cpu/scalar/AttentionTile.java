package io.freshet.kernel.cpu.scalar;

import io.freshet.kernel.AttentionWeights;
import io.freshet.kernel.JaggedLayout;
import io.freshet.kernel.cpu.host.HostFloats;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Scratch of pointwise attention for one head of one sequence, and the tile of {@link #ROWS} query rows that is at
 * work.
 *
 * <p>A tile of scores is kept transposed, {@code [columns, ROWS]}: the rows of one key stand side by side. So queries
 * are what is transposed (a tile of them fits the first cache), keys and values are read as they lie, and the relative
 * position bias of a key is one contiguous read.
 */
public final class AttentionTile {
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Query rows of a tile. */
    public static final int ROWS = JaggedLayout.TILE;

    /** Bias by distance, {@code [PAD + n + ROWS]}: a distance {@code x} stands at {@code PAD + x}. */
    public float[] position = new float[0];
    /** Gradients of {@link #position}, {@code [PAD + n + ROWS]}. */
    public float[] dPosition = new float[0];
    /** Gradients of the time bias by bucket and row of the tile, {@code [buckets, ROWS]}. */
    public float[] dTime = new float[0];
    /** Where the head at work begins in {@link #dTime}. */
    public int dTimeStart;
    /** Room before distance 0, for the pairs past the diagonal. */
    public static final int PAD = ROWS;

    /** Bias by bucket: the head has {@code [buckets]} values from {@link #timeStart}. */
    public float[] time = new float[0];

    /** Where the head at work begins in {@link #time}. */
    public int timeStart;
    /** Time buckets of the layout, unsigned: the tile has {@code [columns, ROWS]} from {@link #bucketStart}. */
    byte[] buckets = new byte[0];
    /** Where the tile begins in {@link #buckets}. */
    int bucketStart;
    /** Time bias of every pair of the tile, {@code [columns, ROWS]}. */
    public float[] times = new float[0];

    /** Factors on the rows' sums, {@code [ROWS]}; 0 for skipped rows. */
    public final float[] rowScales = new float[ROWS];
    /** Queries, transposed, {@code [d, ROWS]}; zero past the last row. */
    public float[] queriesTransposed = new float[0];
    /** Gradients of the output, transposed, {@code [d, ROWS]}. */
    public float[] dOutTransposed = new float[0];
    /** Transposed scores, {@code [columns, ROWS]}. */
    public float[] scores = new float[0];
    /** Gradients of the weights, then of the scores, transposed, {@code [columns, ROWS]}. */
    public float[] gradients = new float[0];

    /** Factor on products of queries and keys. */
    public float scoreScale;
    /** First row; negative if the tile begins before the sequence does. */
    public int first;
    /** Rows before the sequence's first one. */
    public int skipped;

    /** Keys that the tile's last row sees. */
    public int columns() {
        return first + ROWS;
    }

    /** Readies the tables of a head for a sequence of {@code n} rows. */
    public void head(AttentionWeights weights, int h, int n) {
        int d = weights.headDim();
        if (position.length < PAD + n + ROWS) {
            int size = 2 * (PAD + n + ROWS);
            position = new float[size];
            dPosition = new float[size];
            scores = new float[size * ROWS];
            gradients = new float[size * ROWS];
            times = new float[size * ROWS];
        }
        int deep = (d + ROWS - 1) / ROWS * ROWS;
        if (queriesTransposed.length < ROWS * deep) {
            queriesTransposed = new float[ROWS * deep];
            dOutTransposed = new float[ROWS * deep];
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
        clearTimeGradients(1, timeBuckets);
    }

    /** Forgets the gradients of the time bias of {@code heads} heads, and turns to the first. */
    public void clearTimeGradients(int heads, int timeBuckets) {
        if (dTime.length < heads * timeBuckets * ROWS) {
            dTime = new float[heads * timeBuckets * ROWS];
        }
        Arrays.fill(dTime, 0, heads * timeBuckets * ROWS, 0f);
        dTimeStart = 0;
    }

    /** Adds the gradients of a head's tables to the weights' ones. */
    void addGradients(AttentionWeights grad, int h, int n) {
        HostFloats table = HostFloats.of(grad.position());
        int to = table.start + h * grad.window();
        for (int distance = 0; distance < n; distance++) {
            table.array[to + Math.min(distance, grad.window() - 1)] += dPosition[PAD + distance];
        }
        addTimeGradients(grad, h);
    }

    /** Adds the gradients of a head's time bias to the weights' ones. */
    public void addTimeGradients(AttentionWeights grad, int h) {
        HostFloats times = HostFloats.of(grad.time());
        int timeTo = times.start + h * grad.buckets();
        for (int bucket = 0; bucket < grad.buckets(); bucket++) {
            float sum = 0;
            for (int r = 0; r < ROWS; r++) {
                sum += dTime[dTimeStart + bucket * ROWS + r];
            }
            times.array[timeTo + bucket] += sum;
        }
    }

    /** Moves to tile {@code t} of sequence {@code b}. */
    public void tile(JaggedLayout layout, AttentionWeights weights, int b, int t) {
        scoreScale = weights.scoreScale();
        first = JaggedLayout.firstRow(t, layout.length(b));
        skipped = Math.max(0, -first);
        buckets = layout.readTimeBuckets();
        bucketStart = layout.tile(b, t);
        for (int r = 0; r < ROWS; r++) {
            rowScales[r] = r < skipped ? 0f : weights.rowScale(first + r);
        }
    }

    /** Looks up the time bias of every pair of the tile. */
    public void lookUpTimes(AttentionWeights weights) {
        int pairs = columns() * ROWS;
        if (weights.buckets() == 1) {
            Arrays.fill(times, 0, pairs, time[timeStart]);
            return;
        }
        for (int i = 0; i < pairs; i += ROWS) {
            int one = oneBucket(bucketStart + i);
            if (one >= 0) {
                Arrays.fill(times, i, i + ROWS, time[timeStart + one]);
            } else {
                for (int r = i; r < i + ROWS; r++) {
                    times[r] = time[timeStart + (buckets[bucketStart + r] & 255)];
                }
            }
        }
    }

    /** Takes the tile's queries, {@code from [ROWS, d]}, {@code stride} apart; {@code start} is its first row's. */
    void readQueries(float[] from, int start, int stride, int d) {
        transpose(from, start, stride, d, queriesTransposed);
    }

    /** Takes the gradients of the tile's outputs, {@code from [ROWS, d]}, {@code stride} apart. */
    void readOutputGradients(float[] from, int start, int stride, int d) {
        transpose(from, start, stride, d, dOutTransposed);
    }

    /** {@code to[c * ROWS + r] = from[start + r * stride + c]}; zero in skipped rows. */
    private void transpose(float[] from, int start, int stride, int d, float[] to) {
        for (int c = 0; c < d; c++) {
            int at = c * ROWS;
            for (int r = 0; r < skipped; r++) {
                to[at + r] = 0f;
            }
            for (int r = skipped; r < ROWS; r++) {
                to[at + r] = from[start + r * stride + c];
            }
        }
    }

    /** Zeroes what stands past the diagonal of a transposed tile, {@code [columns, ROWS]}. */
    void mask(float[] tile) {
        for (int j = Math.max(0, first + 1); j < columns(); j++) {
            Arrays.fill(tile, j * ROWS, j * ROWS + j - first, 0f);
        }
    }

    /** Adds a tile's gradients of scores to the time bias; every row of the tile has a sum of its own. */
    public void addTimeGradients() {
        for (int j = 0; j < columns(); j++) {
            int from = j * ROWS;
            int one = oneBucket(bucketStart + from);
            if (one >= 0) {
                for (int r = 0; r < ROWS; r++) {
                    dTime[dTimeStart + one * ROWS + r] += gradients[from + r];
                }
            } else {
                for (int r = 0; r < ROWS; r++) {
                    dTime[dTimeStart + (buckets[bucketStart + from + r] & 255) * ROWS + r] += gradients[from + r];
                }
            }
        }
    }

    /** The bucket that a key has for all rows of the tile, as most old ones have; -1 if they differ. */
    private int oneBucket(int at) {
        long all = (long) EIGHT.get(buckets, at);
        boolean same = all == (buckets[at] & 255) * 0x0101010101010101L;
        for (int r = 8; same && r < ROWS; r += 8) {
            same = (long) EIGHT.get(buckets, at + r) == all;
        }
        return same ? buckets[at] & 255 : -1;
    }
}
