package io.freshet.train.tick;

import io.freshet.train.exchange.SealedBytes;
import io.freshet.train.prequential.Prequential;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * Counts of what the learner did, part of its state: in {@link SealedBytes}, {@code i64} each, in the order of the
 * fields, with the prequential sums behind them.
 */
public final class LearnerCounters {
    /** Attribute of lane 0 that holds the counters and the prequential sums. */
    public static final String ATTRIBUTE = "learner";

    private static final String WHAT = "the learner's counters";
    /** 1 held the baselines too, and had no checksum. */
    private static final int VERSION = 2;

    private static final int EVENTS = 0;
    private static final int DUPLICATES = 1;
    private static final int CONFLICTS = 2;
    private static final int USER_COLLISIONS = 3;
    private static final int ITEM_COLLISIONS = 4;
    private static final int EVICTIONS = 5;
    private static final int STEPS = 6;
    private static final int SKIPPED_LOSS = 7;
    private static final int SKIPPED_DENSE = 8;
    private static final int SKIPPED_ROWS = 9;
    private static final int TOKENS = 10;
    private static final int ORDINALS = 11;
    private static final int PUBLICATIONS = 12;
    /** {@link #STEPS} when the dense weights were published last. */
    private static final int PUBLISHED_STEPS = 13;

    /** By the numbers above, {@code [14]}. */
    private final long[] counts = new long[14];

    /** Counts an event that is learned from. */
    public void event() {
        counts[EVENTS]++;
    }

    /** Counts duplicates that were dropped, and those of them whose content differed. */
    public void duplicates(long dropped, long conflicting) {
        counts[DUPLICATES] += dropped;
        counts[CONFLICTS] += conflicting;
    }

    /** Counts events refused because of their user's hash. */
    public void userCollisions(long refused) {
        counts[USER_COLLISIONS] += refused;
    }

    /** Counts events refused because of their item's hash. */
    public void itemCollisions(long refused) {
        counts[ITEM_COLLISIONS] += refused;
    }

    /** Counts items that left the catalogue. */
    public void evicted(int items) {
        counts[EVICTIONS] += items;
    }

    /** Counts a step that was taken. */
    public void step(long trainedTokens) {
        counts[STEPS]++;
        counts[TOKENS] += trainedTokens;
    }

    /** Counts a step that a guard skipped. */
    public void skippedStep(StepGuard guard) {
        counts[counterOf(guard)]++;
    }

    private static int counterOf(StepGuard guard) {
        return switch (guard) {
            case LOSS -> SKIPPED_LOSS;
            case DENSE_GRADIENT -> SKIPPED_DENSE;
            case ROW_GRADIENT -> SKIPPED_ROWS;
        };
    }

    /** Ordinal of the next new item; never used again. */
    public long nextOrdinal() {
        return counts[ORDINALS]++;
    }

    /** Steps taken. */
    public long steps() {
        return counts[STEPS];
    }

    /** Steps skipped by any guard. */
    public long skippedSteps() {
        return counts[SKIPPED_LOSS] + counts[SKIPPED_DENSE] + counts[SKIPPED_ROWS];
    }

    /**
     * Whether the dense weights are due: at least so many steps since they were published last. If they are, they count
     * as published.
     */
    public boolean publishes(int everySteps) {
        if (counts[STEPS] - counts[PUBLISHED_STEPS] < everySteps) {
            return false;
        }
        counts[PUBLISHED_STEPS] = counts[STEPS];
        counts[PUBLICATIONS]++;
        return true;
    }

    /** Events learned from. */
    public long events() {
        return counts[EVENTS];
    }

    /** Events dropped as duplicates. */
    public long duplicates() {
        return counts[DUPLICATES];
    }

    /** Duplicates whose content differed. */
    public long conflicts() {
        return counts[CONFLICTS];
    }

    /** Tokens trained on. */
    public long tokens() {
        return counts[TOKENS];
    }

    /** Events refused because of their user's hash. */
    public long userCollisions() {
        return counts[USER_COLLISIONS];
    }

    /** Events refused because of their item's hash. */
    public long itemCollisions() {
        return counts[ITEM_COLLISIONS];
    }

    /** Items that left the catalogue for want of capacity. */
    public long evictions() {
        return counts[EVICTIONS];
    }

    /** Times that the dense weights were published. */
    public long publications() {
        return counts[PUBLICATIONS];
    }

    /** Steps that a guard skipped. */
    public long skipped(StepGuard guard) {
        return counts[counterOf(guard)];
    }

    /**
     * Adds the counters and the prequential sums.
     *
     * @param attributes those of lane 0, by name, {@code [bytes]} each
     */
    public void save(Map<String, byte[]> attributes, Prequential prequential) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (long count : counts) {
                out.writeLong(count);
            }
            prequential.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        attributes.put(ATTRIBUTE, SealedBytes.seal(VERSION, bytes.toByteArray()));
    }

    /**
     * Refuses counters that this release cannot read: the first that is looked at of a state, since the rest of it has
     * changed with them.
     *
     * @param saved {@code [bytes]}
     */
    public static void requireReadable(byte[] saved) {
        SealedBytes.open(WHAT, VERSION, saved);
    }

    /**
     * Takes what {@link #save} gave.
     *
     * @param saved {@code [bytes]}
     * @throws IllegalStateException if it has another format or is damaged
     */
    public void restore(byte[] saved, Prequential prequential) {
        byte[] content = SealedBytes.open(WHAT, VERSION, saved);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(content))) {
            for (int i = 0; i < counts.length; i++) {
                counts[i] = in.readLong();
            }
            prequential.read(in);
        } catch (IOException e) {
            throw new UncheckedIOException(WHAT + " are cut short", e);
        }
    }
}
