package io.freshet.model;

import io.freshet.kernel.Ints;
import io.freshet.kernel.JaggedLayout;
import io.freshet.store.Interaction;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.ToIntFunction;

/**
 * Sequences of one micro-batch on the host, ready to be sent to a device; refilled without allocation.
 *
 * <p>A sequence's rows are: the begin token (if the model has one), then interactions oldest first. A row predicts the
 * interaction behind it and sees that interaction's time. Every row has up to two token rows: of its action and of the
 * hour, or of its position, counted from the sequence's end. A hide is read without its item, which would draw the
 * prediction to what is like it.
 */
public final class SequenceBatch {
    private final JaggedLayout layout; // B sequences, T rows
    private int[] tokenRows = new int[256]; // [T]
    private int[] hourRows = new int[256]; // [T]
    private int[] itemRows = new int[256]; // [T]
    private int[] supervised = new int[256]; // [M]
    private int supervisedCount;
    private final TimeBuckets buckets;
    private long[] times = new long[512]; // [n + 1] ms

    private final boolean begin;
    private final ActionRules rules;

    public SequenceBatch(ModelConfig config, int maxSequences) {
        this(config.beginToken(), config.timeBuckets(), maxSequences, config.actions());
    }

    /**
     * @param begin whether sequences start with a begin token, and rows have actions and hours rather than positions
     */
    public SequenceBatch(boolean begin, int timeBuckets, int maxSequences, ActionRules rules) {
        this.rules = rules;
        layout = new JaggedLayout(maxSequences, 4096);
        this.begin = begin;
        buckets = new TimeBuckets(timeBuckets);
    }

    /** Forgets all sequences. */
    public void clear() {
        layout.clear();
        supervisedCount = 0;
    }

    /** T, tokens of all sequences. */
    public int tokens() {
        return layout.tokens();
    }

    /** M, supervised rows. */
    public int supervisedCount() {
        return supervisedCount;
    }

    /** Where sequences begin and end in the batch, and the time buckets of their pairs. */
    public JaggedLayout layout() {
        return layout;
    }

    /** Copies the rows of actions or positions to a device, {@code to [T]}. */
    public void uploadTokenRows(Ints to) {
        to.upload(tokenRows, 0, 0, tokens());
    }

    /** Copies the rows of hours to a device, {@code to [T]}; -1 where there is none. */
    public void uploadHourRows(Ints to) {
        to.upload(hourRows, 0, 0, tokens());
    }

    /** Copies the item rows to a device, {@code to [T]}; -1 where a row has no item. */
    public void uploadItemRows(Ints to) {
        to.upload(itemRows, 0, 0, tokens());
    }

    /** Copies the supervised rows, rising, to a device, {@code to [M]}. */
    public void uploadSupervised(Ints to) {
        to.upload(supervised, 0, 0, supervisedCount);
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
        int first = begin ? 1 : 0;
        int n = tokens.size() + first;
        int b = layout.add(n);
        int row = layout.offsets[b];
        grow(row + n);
        if (times.length < n + 1) {
            times = new long[2 * (n + 1)];
        }
        if (begin) {
            times[0] = tokens.isEmpty() ? nextTimeMillis : tokens.get(0).eventTimeMillis();
            tokenRows[row] = TokenTable.BEGIN;
            itemRows[row] = -1;
        }
        for (int i = first; i < n; i++) {
            Interaction token = tokens.get(i - first);
            times[i] = token.eventTimeMillis();
            tokenRows[row + i] = begin ? rules.tokenRow(token) : n - 1 - i;
            itemRows[row + i] = rules.hides(token) ? -1 : itemRow.applyAsInt(token);
        }
        times[n] = nextTimeMillis;
        for (int i = 0; i < n; i++) {
            hourRows[row + i] = begin ? TokenTable.hourRow(times[i + 1]) : -1;
        }
        buckets.fill(times, n, layout, b);
        int supervisedFrom = n;
        for (int i = 0; i < n; i++) {
            if (isSupervised.test(i)) {
                supervisedFrom = Math.min(supervisedFrom, i);
                supervised[supervisedCount++] = row + i;
            }
        }
        layout.ask(b, supervisedFrom);
    }

    private void grow(int rows) {
        if (rows > tokenRows.length) {
            int size = Math.max(rows, 2 * tokenRows.length);
            tokenRows = Arrays.copyOf(tokenRows, size);
            hourRows = Arrays.copyOf(hourRows, size);
            itemRows = Arrays.copyOf(itemRows, size);
            supervised = Arrays.copyOf(supervised, size);
        }
    }
}
