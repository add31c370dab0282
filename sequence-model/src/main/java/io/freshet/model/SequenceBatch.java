package io.freshet.model;

import io.freshet.kernel.JaggedLayout;
import io.freshet.store.Interaction;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.ToIntFunction;

/**
 * Sequences of one micro-batch on the host, ready to be sent to a device; refilled without allocation.
 *
 * <p>A sequence's rows are: the begin token, then interactions oldest first. Row {@code i} predicts the interaction
 * behind it and sees that interaction's time.
 */
public final class SequenceBatch {
    private static final long HOUR_MILLIS = 3_600_000L;

    final JaggedLayout layout;
    int[] actionRows = new int[256];
    int[] hourRows = new int[256];
    int[] itemRows = new int[256];
    int[] supervised = new int[256];
    int supervisedCount;
    private final TimeBuckets buckets;
    private long[] times = new long[512];

    public SequenceBatch(ModelConfig config, int maxSequences) {
        layout = new JaggedLayout(maxSequences, 4096);
        buckets = new TimeBuckets(config.timeBuckets());
    }

    /** Forgets all sequences. */
    public void clear() {
        layout.clear();
        supervisedCount = 0;
    }

    /** Rows in all sequences, T. */
    public int tokens() {
        return layout.tokens();
    }

    /** Rows whose prediction counts, M. */
    public int supervisedCount() {
        return supervisedCount;
    }

    /**
     * Adds a sequence.
     *
     * @param tokens interactions that are read, oldest first
     * @param nextTimeMillis time of the event behind the last of them: the last predicted event's, or the request's
     * @param isSupervised whether a row of the sequence (0: the begin token's) has a prediction that counts
     * @param itemRow row of an item in the table that the model will gather from; negative if it has none
     */
    public void add(
            List<Interaction> tokens,
            long nextTimeMillis,
            IntPredicate isSupervised,
            ToIntFunction<Interaction> itemRow) {
        int n = tokens.size() + 1;
        int b = layout.add(n);
        int row = layout.offsets[b];
        grow(row + n);
        if (times.length < n + 1) {
            times = new long[2 * (n + 1)];
        }
        times[0] = tokens.isEmpty() ? nextTimeMillis : tokens.get(0).eventTimeMillis();
        actionRows[row] = ModelParameters.BEGIN;
        itemRows[row] = -1;
        for (int i = 1; i < n; i++) {
            Interaction token = tokens.get(i - 1);
            times[i] = token.eventTimeMillis();
            actionRows[row + i] = token.action() & 31;
            itemRows[row + i] = itemRow.applyAsInt(token);
        }
        times[n] = nextTimeMillis;
        int at = layout.bucketOffsets[b];
        for (int i = 0; i < n; i++) {
            hourRows[row + i] = (int) Math.floorMod(Math.floorDiv(times[i + 1], HOUR_MILLIS), 168L);
            for (int j = 0; j <= i; j++) {
                layout.timeBuckets[at++] = (byte) buckets.of(times[i + 1] - times[j]);
            }
        }
        for (int i = 0; i < n; i++) {
            if (isSupervised.test(i)) {
                supervised[supervisedCount++] = row + i;
            }
        }
    }

    private void grow(int rows) {
        if (rows > actionRows.length) {
            int size = Math.max(rows, 2 * actionRows.length);
            actionRows = Arrays.copyOf(actionRows, size);
            hourRows = Arrays.copyOf(hourRows, size);
            itemRows = Arrays.copyOf(itemRows, size);
            supervised = Arrays.copyOf(supervised, size);
        }
    }
}
