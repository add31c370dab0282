package io.freshet.train.tick;

import io.freshet.model.CounterRandom;
import io.freshet.store.History;
import io.freshet.store.Interaction;
import io.freshet.store.codec.HistoryLayout;
import io.freshet.train.exchange.SealedBytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Sequences that are learned from again: a reservoir in which every new sequence takes a random place (Aggarwal, "On
 * biased reservoir sampling", VLDB 2006), so that ages fall off exponentially and the sample follows a stream that
 * drifts. It is part of the learner's state, and what it keeps and draws is a function of the log. Nothing of it is
 * ranked or counted.
 */
public final class ReplayReservoir {
    /** Attribute of lane 0 that holds what is kept. */
    public static final String ATTRIBUTE = "learner.replay";

    /** 1 had no checksum. */
    private static final int VERSION = 2;

    private static final int CAPACITY = 4096;

    private final float ratio;
    private final long key;
    private final List<TrainingSequence> kept = new ArrayList<>();
    private long seen;

    /**
     * @param ratio sequences learned from again for every new one
     * @param seed of the draws
     */
    public ReplayReservoir(float ratio, long seed) {
        this.ratio = ratio;
        key = CounterRandom.mix(seed, 0x7e91a7);
    }

    /**
     * Adds steps of past sequences behind a tick's own micro-batches, {@code [lane][step]}, and keeps the new ones. One
     * with an item that left the catalogue is left out.
     */
    public void extend(List<List<List<TrainingSequence>>> batches, int batchTokens, LongPredicate exists) {
        if (ratio == 0) {
            return;
        }
        List<TrainingSequence> fresh = new ArrayList<>();
        batches.forEach(lane -> lane.forEach(fresh::addAll));
        long draws = (long) ((seen + fresh.size()) * (double) ratio) - (long) (seen * (double) ratio);
        int first = batches.stream().mapToInt(List::size).max().orElse(0);
        for (long draw = 0; draw < draws && !kept.isEmpty(); draw++) {
            double uniform = CounterRandom.uniform(CounterRandom.mix(CounterRandom.mix(key, seen), draw));
            TrainingSequence again = kept.get((int) (uniform * kept.size()));
            if (!again.user().tokens().stream().allMatch(token -> exists.test(token.item()))) {
                continue;
            }
            List<List<TrainingSequence>> steps = batches.get(again.user().lane());
            while (steps.size() < first) {
                steps.add(new ArrayList<>());
            }
            int last = steps.size() - 1;
            int used = last < first
                    ? batchTokens
                    : steps.get(last).stream().mapToInt(TrainingSequence::rows).sum();
            if (used + again.rows() > batchTokens) {
                steps.add(new ArrayList<>());
            }
            steps.get(steps.size() - 1).add(again);
        }
        fresh.forEach(this::keep);
    }

    private void keep(TrainingSequence sequence) {
        seen++;
        int at = kept.size();
        if (at == CAPACITY) {
            at = (int) (CounterRandom.uniform(CounterRandom.mix(key, -seen)) * CAPACITY);
        }
        List<Interaction> tokens = sequence.user().tokens().subList(sequence.from(), sequence.end());
        TrainingSequence copy = sequence(sequence.user().lane(), tokens, sequence.firstNew() - sequence.from());
        if (at == kept.size()) {
            kept.add(copy);
        } else {
            kept.set(at, copy);
        }
    }

    private static TrainingSequence sequence(int lane, List<Interaction> tokens, int firstNew) {
        return new TrainingSequence(new UserTick(0, "", lane, tokens), 0, firstNew, tokens.size());
    }

    /**
     * Adds what is kept.
     *
     * @param attributes those of lane 0, by name, {@code [bytes]} each
     */
    public void save(Map<String, byte[]> attributes) {
        if (ratio == 0) {
            return;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeLong(seen);
            out.writeInt(kept.size());
            for (TrainingSequence sequence : kept) {
                byte[] tokens =
                        HistoryLayout.toBytes(new History(0, "", sequence.user().tokens()));
                out.writeInt(sequence.user().lane());
                out.writeInt(sequence.firstNew());
                out.writeInt(tokens.length);
                out.write(tokens);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        attributes.put(ATTRIBUTE, SealedBytes.seal(VERSION, bytes.toByteArray()));
    }

    /** Reads what was kept, {@code saved [bytes]}; nothing if the state has none. */
    public void restore(byte @Nullable [] saved) {
        if (saved == null || ratio == 0) {
            return;
        }
        byte[] content = SealedBytes.open("the replayed sequences", VERSION, saved);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(content))) {
            seen = in.readLong();
            for (int n = in.readInt(); n > 0; n--) {
                int lane = in.readInt();
                int firstNew = in.readInt();
                History history = HistoryLayout.historyFrom(in.readNBytes(in.readInt()));
                kept.add(sequence(lane, history.interactions(), firstNew));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the replayed sequences are cut short", e);
        }
    }
}
