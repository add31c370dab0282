package io.freshet.verification.faults.ledger;

import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.Decoded;
import io.freshet.schema.EntityIds;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.Topics;
import io.freshet.schema.registry.SchemaRegistry;
import io.freshet.store.History;
import io.freshet.store.HistoryAppend;
import io.freshet.store.Interaction;
import io.freshet.store.codec.LaneChangesCodec;
import io.freshet.store.codec.Sha256;
import io.freshet.store.feed.FeedFrame;
import io.freshet.store.feed.FeedTick;
import io.freshet.store.feed.TickAssembler;
import io.freshet.verification.faults.log.Deliveries;
import io.freshet.verification.faults.log.Deliveries.Delivery;
import io.freshet.verification.faults.log.LogWriter;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.function.LongUnaryOperator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Reads a log, a change feed and a final state independently of the learner, and compares: every accepted event must
 * have been applied exactly once, in its user's order. A user's events must be in one partition of the log.
 *
 * <p>What counts as accepted is decided here once more: a record that decodes to an event whose id is not among the
 * last accepted ones of its user ({@code docs/decisions/0002}). The learner looks for the id in the history before the
 * tick and in the tick itself, so the log must not repeat one just behind the last ones. In the feed the first whole
 * tick of a number counts; one that comes again must have the same bytes and digests. An event must stand in the tick
 * that its offset says; of aborted transactions nothing may be applied.
 */
public final class Ledger {
    private record Place(int partition, long offset) {}

    private final int historyLength;
    private final EventDecoder decoder = new EventDecoder(SchemaRegistry.none());
    private final CutCheck cut;
    private final Map<String, List<Interaction>> accepted = new TreeMap<>();
    /** Where accepted events stand in the log, of every user in order. */
    private final Map<String, List<Long>> offsets = new HashMap<>();

    private final Set<Place> committed = new HashSet<>();
    /** Hashed ids of events that stand in aborted transactions. */
    private final Set<Long> aborted = new HashSet<>();

    private long abortedRecords;
    private final Map<String, Integer> partitionOf = new HashMap<>();
    private final Set<Place> rejected = new HashSet<>();
    private final Set<Long> numbers = new HashSet<>();
    private final Map<Integer, Long> lastNumber = new HashMap<>();
    private long repeated;
    private long duplicates;

    private final TickAssembler assembler = new TickAssembler();
    private final Map<String, List<Interaction>> applied = new TreeMap<>();
    /** Ticks in which events were applied, of every user in order. */
    private final Map<String, List<Long>> appliedIn = new HashMap<>();

    private final TreeMap<Long, byte[]> ticks = new TreeMap<>();
    private final TreeMap<Long, Map<Integer, Long>> frontiers = new TreeMap<>();
    private final TreeMap<Long, Long> publishedAt = new TreeMap<>();
    private long resent;
    private long differing;
    private long gaps;

    private final Set<Place> dead = new HashSet<>();
    private long wrongHistories;

    /**
     * A ledger without an entry.
     *
     * @param historyLength interactions that a history keeps: what an id is a duplicate among
     * @param cut gets the committed records, and the ticks that were published
     */
    public Ledger(int historyLength, CutCheck cut) {
        this.historyLength = historyLength;
        this.cut = cut;
    }

    /** Takes the next committed record of a partition of the log. */
    public void log(ConsumerRecord<byte[], byte[]> record) {
        committed.add(new Place(record.partition(), record.offset()));
        if (isHeartbeat(record)) {
            cut.record(record.partition(), record.offset(), record.timestamp(), true, false);
            return;
        }
        Header header = record.headers().lastHeader(LogWriter.NUMBER);
        if (header != null) {
            number(record.partition(), ByteBuffer.wrap(header.value()).getLong());
        }
        if (decoder.decode(record.value(), record.timestamp()) instanceof Decoded.Accepted good) {
            cut.record(record.partition(), record.offset(), record.timestamp(), true, true);
            event(record, good.event());
        } else {
            cut.record(record.partition(), record.offset(), record.timestamp(), false, false);
            rejected.add(new Place(record.partition(), record.offset()));
        }
    }

    private static boolean isHeartbeat(ConsumerRecord<byte[], byte[]> record) {
        return record.value() == null && record.headers().lastHeader(Topics.HEARTBEAT) != null;
    }

    /** Takes a record of the log, committed or not, once all that are committed have been taken. */
    public void anyRecord(ConsumerRecord<byte[], byte[]> record) {
        if (!committed.contains(new Place(record.partition(), record.offset()))) {
            abortedRecords++;
            if (decoder.decode(record.value(), record.timestamp()) instanceof Decoded.Accepted event) {
                aborted.add(EntityIds.standard().event(event.event().eventId()));
            }
        }
    }

    /** The numbers of a writer rise in every partition, and each is there once. */
    private void number(int partition, long number) {
        Long before = lastNumber.put(partition + ((int) (number >> 40) << 16), number);
        if (!numbers.add(number) || (before != null && before >= number)) {
            repeated++;
        }
    }

    private void event(ConsumerRecord<byte[], byte[]> record, BehaviourEvent event) {
        int partition = record.partition();
        String subject = event.subject();
        if (partitionOf.computeIfAbsent(subject, user -> partition) != partition) {
            throw new IllegalArgumentException("events of " + subject + " are in partitions " + partitionOf.get(subject)
                    + " and " + partition + ": their order is not the log's to say");
        }
        Interaction one = new Interaction(
                EntityIds.standard().item(event.itemId()),
                event.action().code(),
                event.eventTimeMillis(),
                event.historyValue(),
                EntityIds.standard().event(event.eventId()));
        List<Interaction> all = accepted.computeIfAbsent(subject, user -> new ArrayList<>());
        boolean known = end(all).stream().anyMatch(twin -> twin.eventId() == one.eventId());
        if (known) {
            duplicates++;
        } else {
            all.add(one);
            offsets.computeIfAbsent(subject, user -> new ArrayList<>()).add(record.offset());
        }
    }

    private List<Interaction> end(List<Interaction> all) {
        return all.subList(Math.max(0, all.size() - historyLength), all.size());
    }

    /** Takes the next record of the change feed. */
    public void feed(byte[] frame) {
        Optional<FeedTick> whole = assembler.add(FeedFrame.fromBytes(frame));
        if (whole.isEmpty()) {
            return;
        }
        FeedTick tick = whole.get();
        FeedFrame.Marker marker = tick.marker();
        byte[] sum = sum(tick);
        byte[] first = ticks.get(marker.tick());
        if (first != null) {
            resent++;
            differing += Arrays.equals(first, sum) ? 0 : 1;
            return;
        }
        long last = ticks.isEmpty() ? -1 : ticks.lastKey();
        gaps += marker.previousTick() == last ? 0 : 1;
        ticks.put(marker.tick(), sum);
        publishedAt.put(marker.tick(), marker.learnedAtMillis());
        for (byte[] lane : tick.lanes()) {
            LaneChangesCodec.Decoded decoded = LaneChangesCodec.decode(lane);
            frontiers.putIfAbsent(marker.tick(), decoded.frontier());
            decoded.changes().histories().forEach(append -> apply(marker.tick(), append));
        }
    }

    private void apply(long tick, HistoryAppend append) {
        applied.computeIfAbsent(append.subject(), user -> new ArrayList<>()).addAll(append.appended());
        appliedIn
                .computeIfAbsent(append.subject(), user -> new ArrayList<>())
                .addAll(Collections.nCopies(append.appended().size(), tick));
    }

    /** When ticks were published first, wall clock, ms. */
    public NavigableMap<Long, Long> publishedAt() {
        return publishedAt;
    }

    /** What a tick did, and the digests it led to. */
    private static byte[] sum(FeedTick tick) {
        MessageDigest sha = Sha256.digest();
        for (byte[] lane : tick.lanes()) {
            sha.update(lane);
        }
        for (byte[] digest : tick.marker().digests()) {
            sha.update(digest);
        }
        return sha.digest();
    }

    /** Takes a dead letter, by where it stood in the log. */
    public void deadLetter(int partition, long offset) {
        dead.add(new Place(partition, offset));
    }

    /** Compares the histories of a final state, by hashed user; the whole log must have been taken before. */
    public void histories(LongFunction<@Nullable History> state) {
        accepted.forEach((subject, all) -> {
            History history = state.apply(EntityIds.standard().subject(subject));
            if (history == null
                    || !history.subject().equals(subject)
                    || !history.interactions().equals(end(all))) {
                wrongHistories++;
            }
        });
    }

    /**
     * Events in another tick than their offset's; the log's and the feed's must be the same, or they are not compared.
     */
    private long misplaced() {
        cut.published(frontiers);
        Map<Integer, LongUnaryOperator> ticksOf = new HashMap<>();
        long found = 0;
        for (Map.Entry<String, List<Interaction>> one : accepted.entrySet()) {
            if (one.getValue().equals(applied.get(one.getKey()))) {
                LongUnaryOperator ticks =
                        ticksOf.computeIfAbsent(partitionOf.getOrDefault(one.getKey(), -1), cut::ticksOf);
                List<Long> wanted = offsets.getOrDefault(one.getKey(), List.of()).stream()
                        .map(ticks::applyAsLong)
                        .toList();
                found += wanted.equals(appliedIn.get(one.getKey())) ? 0 : 1;
            }
        }
        return found;
    }

    /** Applied events that stand in aborted transactions only. */
    private long abortedApplied() {
        Set<Long> good = new HashSet<>();
        accepted.values().forEach(all -> all.forEach(one -> good.add(one.eventId())));
        return applied.values().stream()
                .flatMap(List::stream)
                .filter(one -> aborted.contains(one.eventId()) && !good.contains(one.eventId()))
                .count();
    }

    /**
     * Balances the books.
     *
     * @param deliveries what became of the records that the writers sent
     */
    public LedgerReport balance(List<Delivery> deliveries) {
        Set<Long> written = new HashSet<>();
        Set<Long> refused = new HashSet<>();
        deliveries.stream().filter(one -> one.number() >= 0).forEach(one -> {
            if (one.fate() == Deliveries.Fate.COMMITTED) {
                written.add(one.number());
            } else if (one.fate() == Deliveries.Fate.ABORTED) {
                refused.add(one.number());
            }
        });
        long[] sums = new long[5];
        Set<String> subjects = new HashSet<>(accepted.keySet());
        subjects.addAll(applied.keySet());
        for (String subject : subjects) {
            long[] found = compare(accepted.getOrDefault(subject, List.of()), applied.getOrDefault(subject, List.of()));
            for (int i = 0; i < sums.length; i++) {
                sums[i] += found[i];
            }
        }
        return new LedgerReport(
                written.size(),
                written.stream().filter(number -> !numbers.contains(number)).count(),
                repeated + numbers.stream().filter(refused::contains).count(),
                abortedRecords,
                abortedApplied(),
                misplaced(),
                accepted.values().stream().mapToLong(List::size).sum(),
                duplicates,
                rejected.size(),
                sums[0],
                sums[1],
                sums[2],
                sums[3],
                sums[4],
                ticks.size(),
                resent,
                differing,
                gaps,
                wrongHistories,
                dead.size(),
                rejected.stream().filter(place -> !dead.contains(place)).count(),
                dead.stream().filter(place -> !rejected.contains(place)).count());
    }

    /** Of one user: applied exactly once, lost, doubled, out of order, invented. */
    private static long[] compare(List<Interaction> wanted, List<Interaction> got) {
        Map<Interaction, Integer> left = new HashMap<>();
        wanted.forEach(one -> left.merge(one, 1, Integer::sum));
        Set<Interaction> known = new HashSet<>(left.keySet());
        List<Interaction> matched = new ArrayList<>();
        long doubled = 0;
        long invented = 0;
        for (Interaction one : got) {
            if (left.getOrDefault(one, 0) > 0) {
                left.merge(one, -1, Integer::sum);
                matched.add(one);
            } else if (known.contains(one)) {
                doubled++;
            } else {
                invented++;
            }
        }
        long lost = left.values().stream().mapToLong(Integer::longValue).sum();
        // Without what was lost, the rest must have the log's order. Of equal ones the last are lost.
        List<Interaction> inOrder = new ArrayList<>();
        Map<Interaction, Integer> take = new HashMap<>();
        matched.forEach(one -> take.merge(one, 1, Integer::sum));
        for (Interaction one : wanted) {
            if (take.getOrDefault(one, 0) > 0) {
                take.merge(one, -1, Integer::sum);
                inOrder.add(one);
            }
        }
        long outOfOrder = 0;
        for (int i = 0; i < matched.size(); i++) {
            outOfOrder += matched.get(i).equals(inOrder.get(i)) ? 0 : 1;
        }
        return new long[] {matched.size() - doubled, lost, doubled, outOfOrder, invented};
    }
}
