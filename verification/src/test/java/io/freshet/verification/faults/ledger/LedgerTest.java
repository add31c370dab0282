package io.freshet.verification.faults.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.Decoded;
import io.freshet.schema.EntityIds;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.EventEncoder;
import io.freshet.schema.Topics;
import io.freshet.schema.registry.SchemaRegistry;
import io.freshet.store.History;
import io.freshet.store.HistoryAppend;
import io.freshet.store.Interaction;
import io.freshet.store.LaneChanges;
import io.freshet.store.codec.LaneChangesCodec;
import io.freshet.store.feed.FeedFrame;
import io.freshet.verification.faults.log.Deliveries;
import io.freshet.verification.faults.log.LogLayout;
import io.freshet.verification.faults.log.LogWriter;
import io.freshet.verification.faults.log.SkewedLog;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/** The ledger balances for a right feed, and finds what is planted in a wrong one. */
class LedgerTest {
    private static final int HISTORY = 200;
    private static final int RECORDS = 4000;
    private static final LogLayout LAYOUT = new LogLayout(4);
    private static final long TICK_MILLIS = 250;
    private static final int PER_TICK = 50;

    /** Log, and what a right learner makes of it: per tick, what it appends per user. */
    private final List<ConsumerRecord<byte[], byte[]>> log = new ArrayList<>();

    private final List<Map<String, List<Interaction>>> ticks = new ArrayList<>();
    private final Map<String, List<Interaction>> histories = new TreeMap<>();
    /** Highest offset of every partition by the end of every tick. */
    private final List<Map<Integer, Long>> frontiers = new ArrayList<>();

    private final List<int[]> dead = new ArrayList<>();
    private final CutCheck cut = new CutCheck(LAYOUT, TICK_MILLIS);

    LedgerTest() {
        long[] offsets = new long[LAYOUT.atLast()];
        SkewedLog source = new SkewedLog(11, 1_700_000_000_000L, LAYOUT, 200);
        Model model = new Model();
        for (long records = 0; records < RECORDS; ) {
            SkewedLog.Entry entry = source.next();
            RecordHeaders headers = new RecordHeaders();
            if (entry.number() < 0) {
                headers.add(Topics.HEARTBEAT, new byte[0]);
            } else {
                headers.add(
                        LogWriter.NUMBER,
                        ByteBuffer.allocate(8).putLong(entry.number()).array());
                records++;
            }
            ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                    "log",
                    entry.partition(),
                    offsets[entry.partition()]++,
                    entry.timestamp(),
                    TimestampType.CREATE_TIME,
                    0,
                    0,
                    entry.key(),
                    entry.value(),
                    headers,
                    Optional.empty());
            log.add(record);
            if (entry.number() >= 0) {
                model.take(entry, record.offset());
            }
        }
    }

    /** A learner reduced to its histories, with ticks of a fixed number of records. */
    private final class Model {
        private final EventDecoder decoder = new EventDecoder(SchemaRegistry.none());

        void take(SkewedLog.Entry entry, long offset) {
            if (entry.number() % PER_TICK == 0) {
                ticks.add(new TreeMap<>());
                frontiers.add(
                        frontiers.isEmpty() ? new TreeMap<>() : new TreeMap<>(frontiers.get(frontiers.size() - 1)));
            }
            frontiers.get(frontiers.size() - 1).put(entry.partition(), offset);
            if (!(decoder.decode(entry.value(), entry.timestamp()) instanceof Decoded.Accepted accepted)) {
                dead.add(new int[] {entry.partition(), (int) offset});
                return;
            }
            var event = accepted.event();
            Interaction one = new Interaction(
                    EntityIds.standard().item(event.itemId()),
                    event.action().code(),
                    event.eventTimeMillis(),
                    event.value() == null ? 0 : event.value().floatValue(),
                    EntityIds.standard().event(event.eventId()));
            List<Interaction> history = histories.computeIfAbsent(event.subject(), user -> new ArrayList<>());
            if (history.stream().noneMatch(twin -> twin.eventId() == one.eventId())) {
                history.add(one);
                if (history.size() > HISTORY) {
                    history.remove(0);
                }
                ticks.get(ticks.size() - 1)
                        .computeIfAbsent(event.subject(), user -> new ArrayList<>())
                        .add(one);
            }
        }
    }

    private LedgerReport balance(Consumer<List<Map<String, List<Interaction>>>> plant) {
        plant.accept(ticks);
        Ledger ledger = new Ledger(HISTORY, cut);
        log.forEach(ledger::log);
        for (int tick = 0; tick < ticks.size(); tick++) {
            send(ledger, 1, tick, tick - 1, ticks.get(tick));
        }
        dead.forEach(place -> ledger.deadLetter(place[0], place[1]));
        ledger.histories(this::history);
        return ledger.balance(written());
    }

    private History history(long user) {
        return histories.entrySet().stream()
                .filter(entry -> EntityIds.standard().subject(entry.getKey()) == user)
                .map(entry -> new History(user, entry.getKey(), entry.getValue()))
                .findFirst()
                .orElseThrow();
    }

    /** What a writer whose records all came says. */
    private static List<Deliveries.Delivery> written() {
        return LongStream.range(0, RECORDS)
                .mapToObj(number -> new Deliveries.Delivery(number, 0, -1, 0, -1, Deliveries.Fate.COMMITTED))
                .toList();
    }

    private void send(Ledger ledger, long incarnation, long tick, long before, Map<String, List<Interaction>> appends) {
        LaneChanges changes = LaneChanges.empty(0);
        appends.forEach((subject, all) -> changes.histories()
                .add(new HistoryAppend(EntityIds.standard().subject(subject), subject, List.copyOf(all))));
        byte[] encoded = LaneChangesCodec.encode(tick, frontiers.get((int) tick), changes);
        FeedFrame.parts(incarnation, tick, 0, encoded).forEach(part -> ledger.feed(part.toBytes()));
        byte[][] digests = {LaneChangesCodec.chain(new byte[32], encoded)};
        ledger.feed(new FeedFrame.Marker(incarnation, tick, before, 0, digests, digests).toBytes());
    }

    private static List<Interaction> hot(List<Map<String, List<Interaction>>> ticks, int tick) {
        return ticks.get(tick).get(SkewedLog.HOT_USER);
    }

    @Test
    void theBooksOfARightFeedBalance() {
        LedgerReport report = balance(ticks -> {});
        assertThat(report.balances()).as(report.toString()).isTrue();
        assertThat(report.accepted()).isEqualTo(report.applied()).isGreaterThan(RECORDS * 9 / 10);
        assertThat(report.duplicates()).isPositive();
        assertThat(report.rejected()).isEqualTo(RECORDS / 97);
    }

    @Test
    void anIdThatLeftItsUsersHistoryIsAcceptedAgain() {
        LedgerReport report = balance(ticks -> {});
        // Records that come again are every 101st (duplicates) and, once there are 512 of the hot user, every 503rd.
        assertThat(report.duplicates()).isLessThan(RECORDS / 101 + 1);
        assertThat(report.accepted() + report.duplicates() + report.rejected()).isEqualTo(RECORDS);
    }

    @Test
    void aLostEventIsFound() {
        LedgerReport report = balance(ticks -> hot(ticks, 20).remove(3));
        assertThat(report.balances()).isFalse();
        assertThat(report.lost()).isOne();
        assertThat(report.doubled() + report.outOfOrder() + report.invented()).isZero();
    }

    @Test
    void aDoubledEventIsFound() {
        LedgerReport report = balance(ticks -> hot(ticks, 30).add(hot(ticks, 20).get(3)));
        assertThat(report.balances()).isFalse();
        assertThat(report.doubled()).isOne();
        assertThat(report.lost() + report.invented()).isZero();
    }

    @Test
    void anEventAtAnotherPlaceIsFound() {
        LedgerReport report = balance(ticks -> hot(ticks, 20).add(hot(ticks, 20).remove(0)));
        assertThat(report.balances()).isFalse();
        assertThat(report.outOfOrder()).isPositive();
        assertThat(report.lost() + report.doubled() + report.invented()).isZero();
    }

    @Test
    void anEventThatTheLogDoesNotHaveIsFound() {
        LedgerReport report = balance(ticks -> hot(ticks, 20).add(new Interaction(1, (byte) 1, 2, 3, 4)));
        assertThat(report.balances()).isFalse();
        assertThat(report.invented()).isOne();
    }

    @Test
    void aTickThatComesAgainIsComparedAndNotCounted() {
        Ledger ledger = new Ledger(HISTORY, cut);
        log.forEach(ledger::log);
        for (int tick = 0; tick < ticks.size(); tick++) {
            send(ledger, 1, tick, tick - 1, ticks.get(tick));
        }
        send(ledger, 2, ticks.size() - 2, ticks.size() - 3, ticks.get(ticks.size() - 2));
        hot(ticks, ticks.size() - 1).remove(0);
        send(ledger, 2, ticks.size() - 1, ticks.size() - 2, ticks.get(ticks.size() - 1));
        dead.forEach(place -> ledger.deadLetter(place[0], place[1]));
        LedgerReport report = ledger.balance(written());
        assertThat(report.resent()).isEqualTo(2);
        assertThat(report.differing()).isOne();
        assertThat(report.lost() + report.doubled()).isZero();
        assertThat(report.balances()).isFalse();
    }

    @Test
    void aTickThatIsMissingIsFound() {
        LedgerReport report = balance(ticks -> ticks.set(20, Map.of()));
        assertThat(report.lost()).isPositive();
        Ledger gap = new Ledger(HISTORY, cut);
        send(gap, 1, 0, -1, ticks.get(0));
        send(gap, 1, 2, 1, ticks.get(2));
        assertThat(gap.balance(List.of()).gaps()).isOne();
    }

    @Test
    void aWrongHistoryAndWrongDeadLettersAreFound() {
        histories.get(SkewedLog.HOT_USER).remove(0);
        dead.remove(0);
        dead.add(new int[] {0, 1_000_000});
        LedgerReport report = balance(ticks -> {});
        assertThat(report.wrongHistories()).isOne();
        assertThat(report.notDead()).isOne();
        assertThat(report.wronglyDead()).isOne();
        assertThat(report.balances()).isFalse();
    }

    @Test
    void recordsThatTheLogLacksOrHasTwiceAreFound() {
        int lost = 0;
        while (log.get(lost).headers().lastHeader(LogWriter.NUMBER) == null) {
            lost++;
        }
        log.remove(lost);
        log.add(log.get(log.size() - 1));
        LedgerReport report = balance(ticks -> {});
        assertThat(report.missing()).isOne();
        assertThat(report.repeated()).isOne();
        assertThat(report.balances()).isFalse();
    }

    @Test
    void anEventInAnotherTickThanItsOffsetsIsFound() {
        LedgerReport report = balance(ticks -> {
            Map<String, List<Interaction>> next = ticks.get(21);
            next.get(SkewedLog.HOT_USER)
                    .add(0, hot(ticks, 20).remove(hot(ticks, 20).size() - 1));
        });
        assertThat(report.misplaced()).isOne();
        assertThat(report.lost() + report.doubled() + report.outOfOrder()).isZero();
        assertThat(report.balances()).isFalse();
    }

    @Test
    void whatWasAbortedMustNotBeApplied() {
        BehaviourEvent event =
                BehaviourEvent.of("aborted", Action.CLICK, 1_700_000_000_000L, SkewedLog.HOT_USER, "item-1");
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                "log",
                LAYOUT.transactional(),
                0,
                1_700_000_000_000L,
                TimestampType.CREATE_TIME,
                0,
                0,
                new byte[0],
                new EventEncoder().toAvroSingleObject(event),
                new RecordHeaders(),
                Optional.empty());
        Interaction one = new Interaction(
                EntityIds.standard().item("item-1"),
                Action.CLICK.code(),
                1_700_000_000_000L,
                0,
                EntityIds.standard().event("aborted"));
        Ledger ledger = new Ledger(HISTORY, cut);
        log.forEach(ledger::log);
        log.forEach(ledger::anyRecord);
        ledger.anyRecord(record);
        hot(ticks, 20).add(one);
        for (int tick = 0; tick < ticks.size(); tick++) {
            send(ledger, 1, tick, tick - 1, ticks.get(tick));
        }
        LedgerReport report = ledger.balance(written());
        assertThat(report.aborted()).isOne();
        assertThat(report.abortedApplied()).isOne();
        assertThat(report.balances()).isFalse();
    }

    @Test
    void aRecordOfAnAbortedTransactionInTheLogIsFound() {
        List<Deliveries.Delivery> said = new ArrayList<>(written().subList(1, RECORDS));
        said.add(new Deliveries.Delivery(0, 0, -1, 0, -1, Deliveries.Fate.ABORTED));
        Ledger ledger = new Ledger(HISTORY, cut);
        log.forEach(ledger::log);
        LedgerReport report = ledger.balance(said);
        assertThat(report.missing()).isZero();
        assertThat(report.repeated()).isOne();
    }
}
