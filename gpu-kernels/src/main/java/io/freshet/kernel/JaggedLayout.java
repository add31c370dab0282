package io.freshet.kernel;

/**
 * How the sequences of a micro-batch lie in memory, and the time bucket of every attended pair.
 *
 * <p>Sequence {@code b} owns rows {@code offsets[b] .. offsets[b+1]-1} of every {@code [T, ...]} matrix. Its time
 * buckets are the packed lower triangle of an {@code [n, n]} matrix: the bucket of pair {@code (i, j)}, {@code j <= i},
 * counted inside the sequence, stands at {@code bucketOffsets[b] + i * (i + 1) / 2 + j}.
 *
 * <p>The arrays are larger than needed and reused from batch to batch; only the parts named by {@link #sequences} and
 * {@link #tokens} count. A mutable carrier on purpose: it is filled once per micro-batch without allocation.
 */
public final class JaggedLayout {
    /** Start row of every sequence, {@code [B + 1]}. */
    public final int[] offsets;

    /** Start of every sequence's packed time buckets, {@code [B + 1]}. */
    public final int[] bucketOffsets;

    /** Time bucket of every attended pair; values are unsigned bytes. */
    public byte[] timeBuckets;

    private int sequences;

    /**
     * @param maxSequences most sequences in one micro-batch
     * @param maxPairs attended pairs to make room for; grows on demand through {@link #reservePairs}
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
     * Adds a sequence of {@code length} rows behind the last one. Its buckets are then to be filled from
     * {@code bucketOffsets[result]}.
     *
     * @return the sequence's index
     */
    public int add(int length) {
        int b = sequences++;
        offsets[b + 1] = offsets[b] + length;
        int pairs = length * (length + 1) / 2;
        bucketOffsets[b + 1] = bucketOffsets[b] + pairs;
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
