package io.freshet.kernel;

/**
 * How the sequences of a micro-batch lie in memory, and the time bucket of every attended pair.
 *
 * <p>Sequence {@code b} owns rows {@code offsets[b] .. offsets[b+1]-1} of every {@code [T, ...]} matrix. Its time
 * buckets lie tile by tile of {@link #TILE} rows, in a tile column by column: the bucket of pair {@code (i, j)},
 * {@code j
 * <= i}, counted inside the sequence, stands at {@link #pair}. What stands elsewhere is some bucket, but no pair's.
 *
 * <p>The arrays are larger than needed and reused from batch to batch; only the parts named by {@link #sequences} and
 * {@link #tokens} count. A mutable carrier on purpose: it is filled once per micro-batch without allocation.
 */
public final class JaggedLayout {
    /** Rows of a tile of time buckets. */
    public static final int TILE = 32;

    /** Start row of every sequence, {@code [B + 1]}. */
    public final int[] offsets;

    /** Start of every sequence's packed time buckets, {@code [B + 1]}. */
    public final int[] bucketOffsets;

    /** Time bucket of every attended pair; values are unsigned bytes. */
    public byte[] timeBuckets;

    private int sequences;

    /**
     * @param maxSequences most sequences in one micro-batch
     * @param maxPairs time buckets to make room for; grows on demand
     */
    public JaggedLayout(int maxSequences, int maxPairs) {
        offsets = new int[maxSequences + 1];
        bucketOffsets = new int[maxSequences + 1];
        timeBuckets = new byte[maxPairs];
    }

    /** Forgets all sequences. */
    public void clear() {
        sequences = 0;
    }

    /**
     * Adds a sequence of {@code length} rows behind the last one. Its buckets are then to be filled.
     *
     * @return the sequence's index
     */
    public int add(int length) {
        int b = sequences++;
        offsets[b + 1] = offsets[b] + length;
        bucketOffsets[b + 1] = bucketOffsets[b] + tileStart(length + TILE - 1);
        reservePairs(bucketOffsets[b + 1]);
        return b;
    }

    /** Number of sequences, B. */
    public int sequences() {
        return sequences;
    }

    /** Sum of lengths, T. */
    public int tokens() {
        return offsets[sequences];
    }

    /** Where the tile of row {@code i} starts in its sequence's buckets. */
    public static int tileStart(int i) {
        int tile = i / TILE;
        return TILE * TILE / 2 * tile * (tile + 1);
    }

    /** Place of the bucket of rows {@code i} and {@code j} of sequence {@code b}. */
    public int pair(int b, int i, int j) {
        return bucketOffsets[b] + tileStart(i) + j * TILE + i % TILE;
    }

    /** Rows of sequence {@code b}. */
    public int length(int b) {
        return offsets[b + 1] - offsets[b];
    }

    private void reservePairs(int pairs) {
        if (pairs > timeBuckets.length) {
            timeBuckets = java.util.Arrays.copyOf(timeBuckets, Math.max(pairs, timeBuckets.length * 2));
        }
    }
}
