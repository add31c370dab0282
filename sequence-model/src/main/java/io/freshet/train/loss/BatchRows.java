package io.freshet.train.loss;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import java.util.Arrays;

/**
 * The rows of one shard that a step reads: the candidates of the loss first, then rows that are only inputs. A row's
 * {@code batchRow} is its place among them.
 */
final class BatchRows {
    private final Device device;
    private final int width;
    /** The batchRow of every shardRow, {@code [Vs]}; valid where {@link #readIn} is this step. */
    private int[] batchRowOf = new int[1024];
    /** Number of the last step that read a shardRow, {@code [Vs]}; steps are counted from 1. */
    private int[] readIn = new int[1024];

    private int step;
    /** The shardRow of every batchRow, {@code [R]}. */
    private int[] shardRows = new int[1024];

    private int count;
    private int candidates;
    /** {@link #shardRows} on the device, {@code [R]}. */
    private Ints deviceShardRows;
    /** Embeddings, {@code [R, D]}. */
    private Floats rows;
    /** Embeddings of the candidates at length 1, {@code [C, D]}. */
    private Floats normalized;
    /** One over the lengths of the candidates' embeddings, {@code [C]}. */
    private Floats inverseNorms;

    BatchRows(Device device, int width) {
        this.device = device;
        this.width = width;
        deviceShardRows = device.ints(1024);
        rows = device.floats(1024 * width);
        normalized = device.floats(1024 * width);
        inverseNorms = device.floats(1024);
    }

    private void allocate(int capacity) {
        deviceShardRows = device.ints(capacity);
        rows = device.floats(capacity * width);
        normalized = device.floats(capacity * width);
        inverseNorms = device.floats(capacity);
    }

    /** Begins a step without rows; {@code shardSize} is the number of the shard's items, {@code Vs}. */
    void begin(int shardSize) {
        if (batchRowOf.length < shardSize) {
            batchRowOf = Arrays.copyOf(batchRowOf, shardSize * 2);
            readIn = Arrays.copyOf(readIn, shardSize * 2);
        }
        step++;
        count = 0;
        candidates = 0;
    }

    /** Adds the item at a shardRow, unless the step reads it already. */
    void add(int shardRow) {
        if (readIn[shardRow] == step) {
            return;
        }
        if (count == shardRows.length) {
            shardRows = Arrays.copyOf(shardRows, 2 * count);
        }
        readIn[shardRow] = step;
        batchRowOf[shardRow] = count;
        shardRows[count] = shardRow;
        count++;
    }

    /** Ends the candidates: they are the rows so far. */
    void endCandidates() {
        candidates = count;
    }

    /** The batchRow of the item at a shardRow; negative if the step does not read it. */
    int batchRowOf(int shardRow) {
        return shardRow >= 0 && readIn[shardRow] == step ? batchRowOf[shardRow] : -1;
    }

    /** The batchRow of a candidate; negative if the item at a shardRow is none. */
    int candidateRowOf(int shardRow) {
        int batchRow = batchRowOf(shardRow);
        return batchRow < candidates ? batchRow : -1;
    }

    /** The shardRow of a batchRow. */
    int shardRow(int batchRow) {
        return shardRows[batchRow];
    }

    /** Number of rows, {@code R}. */
    int count() {
        return count;
    }

    /** Number of candidates, {@code C}. */
    int candidates() {
        return candidates;
    }

    /** Fetches the rows of a shard's matrix {@code [Vs, D]}, and normalises the candidates. */
    void fetch(Kernels kernels, Floats matrix) {
        if (deviceShardRows.length() < count) {
            allocate(Math.max(count, 2 * deviceShardRows.length()));
        }
        deviceShardRows.upload(shardRows, 0, 0, count);
        kernels.gather(new Kernels.GatherShape(count, width, 1f, false), matrix, deviceShardRows, rows);
        kernels.l2Normalize(candidates, width, rows, normalized, inverseNorms);
    }

    /** Embeddings, {@code [R, D]}. */
    Floats rows() {
        return rows;
    }

    /** Embeddings of the candidates at length 1, {@code [C, D]}. */
    Floats normalized() {
        return normalized;
    }

    /** One over the lengths of the candidates' embeddings, {@code [C]}. */
    Floats inverseNorms() {
        return inverseNorms;
    }
}
