package io.freshet.kernel;

import java.util.Arrays;

/**
 * The layout of a micro-batch: where each of its sequences lies in memory, and the time bucket of every attended pair.
 *
 * <p>Sequence {@code b} owns rows {@code offsets[b] .. offsets[b+1]-1} of every {@code [T, ...]} matrix. Its time
 * buckets lie tile by tile of {@link #TILE} rows, in a tile column by column: the bucket of pair {@code (i, j)},
 * {@code j <= i}, counted inside the sequence, stands at {@link #pair}. What stands elsewhere is some bucket, but no
 * pair's.
 *
 * <p>The arrays are larger than needed and reused from batch to batch; only the parts named by {@link #sequences} and
 * {@link #tokens} count. A mutable carrier on purpose: it is filled once per micro-batch without allocation.
 */
public final class JaggedLayout {
    /** Rows of a tile of time buckets. */
    public static final int TILE = 32;

    /** Start row of every sequence, {@code [B + 1]}. */
    public final int[] offsets;

    /** Start of every sequence's packed time buckets, {@code [B + 1]}, in buckets. */
    public final int[] bucketOffsets;

    /** Bucket of every pair, tile by tile, unsigned, {@code [bucketOffsets_B]}. */
    private byte[] timeBuckets;
    /** See {@link #version()}. */
    private int version;

    private int sequences;

    /** First row of every sequence whose attention is asked for, {@code [B]}. */
    private final int[] asked;

    /** See {@link #tailsOnly}. */
    private boolean tails;

    /**
     * An empty layout.
     *
     * @param maxSequences most sequences in one micro-batch
     * @param maxPairs time buckets to make room for; grows on demand
     */
    public JaggedLayout(int maxSequences, int maxPairs) {
        offsets = new int[maxSequences + 1];
        bucketOffsets = new int[maxSequences + 1];
        asked = new int[maxSequences];
        timeBuckets = new byte[maxPairs];
    }

    /** Forgets all sequences. */
    public void clear() {
        sequences = 0;
        version++;
        tails = false;
    }

    /** Says from which row on of a sequence attention is asked for where {@link #tailsOnly}; its length: of no row. */
    public void ask(int b, int row) {
        asked[b] = row;
    }

    /** Whether attention computes only the tiles that have rows which were {@linkplain #ask asked} for. */
    public void tailsOnly(boolean only) {
        tails = only;
    }

    /** First tile of sequence {@code b} that attention computes. */
    public int firstTile(int b) {
        return tails ? (asked[b] + Math.floorMod(-length(b), TILE)) / TILE : 0;
    }

    /** First row of sequence {@code b} that attention computes. */
    public int firstComputed(int b) {
        return Math.max(0, Math.min(length(b), firstRow(firstTile(b), length(b))));
    }

    /** Time bucket of every attended pair, to be filled: unsigned, {@code [bucketOffsets_B]}, see {@link #pair}. */
    public byte[] timeBuckets() {
        version++;
        return timeBuckets;
    }

    /** Time bucket of every attended pair, to be read only: {@code [bucketOffsets_B]}; see {@link #timeBuckets}. */
    public byte[] readTimeBuckets() {
        return timeBuckets;
    }

    /** A number that changes when sequences or buckets may have: while it stays, what was derived from them holds. */
    public int version() {
        return version;
    }

    /**
     * Adds a sequence of {@code length} rows behind the last one. Its buckets are then to be filled.
     *
     * @return the sequence's index
     */
    public int add(int length) {
        int b = sequences++;
        version++;
        offsets[b + 1] = offsets[b] + length;
        bucketOffsets[b + 1] = bucketOffsets[b] + tileStart((length + TILE - 1) / TILE, length);
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

    /**
     * First row of tile {@code t} of a sequence of {@code length} rows. The last tile is whole and the first one may
     * begin before row 0, since rows at the end have the most pairs.
     */
    public static int firstRow(int t, int length) {
        return t * TILE - Math.floorMod(-length, TILE);
    }

    /** Where tile {@code t} starts in its sequence's buckets: every tile has all keys up to its last row. */
    private static int tileStart(int t, int length) {
        return TILE * (TILE * t * (t + 1) / 2 - t * Math.floorMod(-length, TILE));
    }

    /** Tiles of sequence {@code b}. */
    public int tiles(int b) {
        return (length(b) + TILE - 1) / TILE;
    }

    /** Place of the bucket of the pair of tile {@code t}'s first row, be there one or not, and key 0. */
    public int tile(int b, int t) {
        return bucketOffsets[b] + tileStart(t, length(b));
    }

    /** Place of the bucket of rows {@code i} and {@code j} of sequence {@code b}. */
    public int pair(int b, int i, int j) {
        int padded = i + Math.floorMod(-length(b), TILE);
        return tile(b, padded / TILE) + j * TILE + padded % TILE;
    }

    /** Rows of sequence {@code b}. */
    public int length(int b) {
        return offsets[b + 1] - offsets[b];
    }

    private void reservePairs(int pairs) {
        if (pairs > timeBuckets.length) {
            timeBuckets = Arrays.copyOf(timeBuckets, Math.max(pairs, timeBuckets.length * 2));
        }
    }
}
