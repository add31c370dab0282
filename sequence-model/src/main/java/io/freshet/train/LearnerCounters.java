package io.freshet.train;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** Counts of what the learner did, part of its state. */
final class LearnerCounters {
    /** Attribute of lane 0 that holds the counters and the baselines. */
    static final String ATTRIBUTE = "learner";

    private static final int VERSION = 1;

    private long events;
    private long duplicates;
    private long conflicts;
    private long collisions;
    private long evictions;
    private long steps;
    private long skipped;
    private long tokens;
    private long ordinals;

    void event() {
        events++;
    }

    void refused(long twins, long conflicting, long colliding) {
        duplicates += twins;
        conflicts += conflicting;
        collisions += colliding;
    }

    void collision() {
        collisions++;
    }

    void evicted(int items) {
        evictions += items;
    }

    void step(long trainedTokens) {
        steps++;
        tokens += trainedTokens;
    }

    void skippedStep() {
        skipped++;
    }

    long nextOrdinal() {
        return ordinals++;
    }

    long steps() {
        return steps;
    }

    long skippedSteps() {
        return skipped;
    }

    TickReport report(long tick, double loss, double norm, int items, PrequentialReport quality) {
        return new TickReport(tick, events, duplicates, conflicts, steps, skipped, tokens, loss, norm, items, quality);
    }

    void save(Map<String, byte[]> attributes, Prequential prequential) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(VERSION);
            for (long value :
                    new long[] {events, duplicates, conflicts, collisions, evictions, steps, skipped, tokens, ordinals
                    }) {
                out.writeLong(value);
            }
            prequential.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        attributes.put(ATTRIBUTE, bytes.toByteArray());
    }

    void restore(byte[] saved, Prequential prequential) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(saved))) {
            int version = in.readInt();
            if (version != VERSION) {
                throw new IllegalStateException(
                        "the learner's counters have format " + version + ", this release reads " + VERSION);
            }
            events = in.readLong();
            duplicates = in.readLong();
            conflicts = in.readLong();
            collisions = in.readLong();
            evictions = in.readLong();
            steps = in.readLong();
            skipped = in.readLong();
            tokens = in.readLong();
            ordinals = in.readLong();
            prequential.read(in);
        } catch (IOException e) {
            throw new UncheckedIOException("the learner's counters are cut short", e);
        }
    }
}
