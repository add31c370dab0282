package io.freshet.job.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.job.clock.ClockConfig;
import io.freshet.job.clock.EndOffsets;
import io.freshet.job.clock.TickLedger;
import io.freshet.job.clock.TickSequence;
import io.freshet.job.core.Accepted;
import io.freshet.job.core.PermanentFailure;
import io.freshet.job.records.RawRecord;
import io.freshet.job.records.TickedEvent;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.Decoded;
import io.freshet.schema.EntityIds;
import io.freshet.schema.wire.WireFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The source between brokers and learners: it goes on where a checkpoint left it, or says why it cannot. */
class IngestCoreTest {
    private static final ClockConfig CLOCK = new ClockConfig(100, 60_000, 64, 256, 400);
    private static final long USER = 77;

    /** A topic in memory. */
    private static final class Topic implements LogPort {
        String id = "id-a";
        final TreeMap<Integer, Long> begin = new TreeMap<>();
        final TreeMap<Integer, Long> end = new TreeMap<>();

        Topic(Integer... partitions) {
            for (Integer partition : partitions) {
                begin.put(partition, 0L);
                end.put(partition, 1000L);
            }
        }

        @Override
        public String name() {
            return "events";
        }

        @Override
        public Description describe() {
            return new Description(id, new TreeSet<>(end.keySet()));
        }

        @Override
        public Bounds bounds(Set<Integer> partitions) {
            return new Bounds(begin, end);
        }
    }

    /** What came out: {@code partition:offset=tick} and {@code w<tick>}. */
    private static final class Seen implements TickSequence.Output {
        final List<String> all = new ArrayList<>();
        final List<TickedEvent> notes = new ArrayList<>();

        @Override
        public void event(TickedEvent event) {
            if (event.isNote()) {
                notes.add(event);
            } else {
                all.add(event.partition + ":" + event.offset + "=" + event.tick);
            }
        }

        @Override
        public void watermark(long timestamp) {
            all.add("w" + timestamp / CLOCK.tickMillis());
        }

        @Override
        public void rejected(RawRecord record, Decoded.Rejected why) {
            throw new AssertionError(why.detail());
        }
    }

    private static final long FEED_END = 77;
    private final Topic topic = new Topic(0, 1);
    private final List<Long> ledgerAskedFrom = new ArrayList<>();
    private final Seen seen = new Seen();
    private Set<Accepted> accept = Set.of();

    private IngestCore core() {
        return new IngestCore(
                new IngestCore.Setup(CLOCK, EntityIds.standard(), accept, USER), topic, (from, topicId) -> {
                    ledgerAskedFrom.add(from);
                    TickLedger copy = new TickLedger();
                    feedEntries.forEach(copy::add);
                    copy.readTo(FEED_END);
                    return copy;
                });
    }

    private final List<TickLedger.Entry> feedEntries = new ArrayList<>();

    private static List<LogSplit> fresh(Integer... partitions) {
        List<LogSplit> splits = new ArrayList<>();
        for (Integer partition : partitions) {
            splits.add(LogSplit.fresh(partition, LogSplit.BEGINNING, -1));
        }
        return splits;
    }

    private static RawRecord record(int partition, long offset, long timestamp) {
        RawRecord record = new RawRecord();
        record.partition = partition;
        record.offset = offset;
        record.timestamp = timestamp;
        return record;
    }

    private static Decoded decode(RawRecord record) {
        return new Decoded.Accepted(
                BehaviourEvent.of("e" + record.offset, Action.CLICK, record.timestamp, "u1", "i1"), WireFormat.JSON);
    }

    private void take(IngestCore core, RawRecord... records) {
        core.take(List.of(records), Map.of(), IngestCoreTest::decode, seen);
    }

    /** Both partitions read to offset 2 and 1, tick 0 closed. */
    private List<LogSplit> checkpoint(long feedEnd) {
        IngestCore core = core();
        core.open(fresh(0, 1));
        take(core, record(0, 0, 50), record(1, 0, 60), record(0, 1, 150), record(1, 1, 160), record(0, 2, 170));
        seen.all.clear();
        return core.save(feedEnd, Map.of(0, new byte[] {9}));
    }

    @Test
    void aFreshLogIsReadFromItsBeginningAndCutIntoTicks() {
        IngestCore core = core();
        assertThat(core.open(fresh(0, 1))).isEqualTo(Map.of(0, -1L, 1, -1L));
        assertThat(core.topicId()).isEqualTo("id-a");
        assertThat(core.badRecords()).isEmpty();
        assertThat(ledgerAskedFrom).as("nothing was published of it").isEmpty();
        take(core, record(0, 0, 50), record(1, 0, 60), record(0, 1, 150), record(1, 1, 160));
        assertThat(seen.all).containsExactly("0:0=0", "1:0=0", "0:1=1", "w0", "1:1=1");
    }

    @Test
    void aRestoredLogGoesOnAtTheOffsetsAndTicksOfTheCheckpoint() {
        List<LogSplit> saved = checkpoint(33);
        assertThat(saved).allMatch(LogSplit::isRestored);
        IngestCore core = core();
        assertThat(core.open(saved)).isEqualTo(Map.of(0, 3L, 1, 2L));
        assertThat(core.badRecords()).containsOnlyKeys(0);
        assertThat(ledgerAskedFrom).containsExactly(33L);
        take(core, record(0, 3, 250), record(1, 2, 260));
        assertThat(seen.all).containsExactly("0:3=2", "w1", "1:2=2");
    }

    @Test
    void aGapIsRefusedWithItsSizeAndAcceptedWithANote() {
        List<LogSplit> saved = checkpoint(-1);
        topic.begin.put(1, 42L);
        assertThatThrownBy(() -> core().open(saved))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("events partition 1 begins at offset 42")
                .hasMessageContaining("offset 2: 40 offsets were deleted")
                .hasMessageContaining("start.accept=gap");
        accept = Set.of(Accepted.GAP);
        IngestCore core = core();
        assertThat(core.open(saved)).isEqualTo(Map.of(0, 3L, 1, 42L));
        core.tellNotes(seen);
        core.tellNotes(seen);
        assertThat(seen.notes).as("told once").hasSize(1);
        TickedEvent note = seen.notes.get(0);
        assertThat(note.subject).isEqualTo("gap of offsets 2 to 41");
        assertThat(note.partition).isEqualTo(1);
        assertThat(note.offset).isEqualTo(41);
        assertThat(note.user).isEqualTo(USER);
        assertThat(note.tick).as("the first open tick").isEqualTo(1);
    }

    @Test
    void aTopicThatWasMadeAgainIsRefusedWithBothIdsAndAcceptedFromItsBeginning() {
        List<LogSplit> saved = checkpoint(33);
        topic.id = "id-b";
        topic.end.put(0, 2L);
        assertThatThrownBy(() -> core().open(saved))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("id-a")
                .hasMessageContaining("id-b")
                .hasMessageContaining("start.accept=other-topic");
        accept = Set.of(Accepted.OTHER_TOPIC);
        ledgerAskedFrom.clear();
        IngestCore core = core();
        assertThat(core.open(saved)).isEqualTo(Map.of(0, -1L, 1, -1L));
        assertThat(ledgerAskedFrom).as("for the ticks that are closed").containsExactly(33L);
        take(core, record(0, 0, 5), record(1, 0, 5));
        assertThat(seen.all).as("no closed tick opens again").containsExactly("0:0=1", "1:0=1");
        assertThat(core.save(-1, Map.of()))
                .allMatch(split -> split.topicId().equals("id-b") && split.feedOffset() == FEED_END);
    }

    @Test
    void anAcceptedOtherTopicMayHaveFewerPartitions() {
        List<LogSplit> saved = checkpoint(33);
        topic.id = "id-b";
        topic.end.remove(1);
        accept = Set.of(Accepted.OTHER_TOPIC);
        IngestCore core = core();
        assertThat(core.open(saved)).isEqualTo(Map.of(0, -1L));
        take(core, record(0, 0, 150), record(0, 1, 260), record(0, 2, 400));
        assertThat(seen.all).as("nobody waits for the other").contains("w1", "w3");
        assertThat(core.save(1, Map.of()).stream().map(LogSplit::partition)).containsExactly(0);
    }

    @Test
    void aLogThatIsShorterThanWhatWasReadIsRefused() {
        List<LogSplit> saved = checkpoint(-1);
        topic.end.put(0, 2L);
        accept = Set.of(Accepted.GAP, Accepted.OTHER_TOPIC);
        assertThatThrownBy(() -> core().open(saved))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("events partition 0 ends at offset 2, but it was read up to 3")
                .hasMessageContaining("the log was cut");
    }

    @Test
    void aPartitionThatIsGoneIsRefused() {
        List<LogSplit> saved = checkpoint(-1);
        topic.end.remove(1);
        assertThatThrownBy(() -> core().open(saved))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("has no partitions [1] any more");
    }

    @Test
    void anAddedPartitionBeginsWithTheFirstOpenTickAndIsWaitedFor() {
        IngestCore core = core();
        core.open(checkpoint(-1));
        topic.end.put(2, 0L);
        assertThat(core.open(fresh(2))).isEqualTo(Map.of(2, -1L));
        take(core, record(2, 0, 10), record(0, 3, 250), record(1, 2, 260));
        assertThat(seen.all).containsExactly("2:0=1", "0:3=2", "1:2=2");
        take(core, record(2, 1, 270));
        assertThat(seen.all).endsWith("w1", "2:1=2");
        assertThat(core.save(-1, Map.of()).stream().map(LogSplit::partition)).containsExactly(0, 1, 2);
    }

    @Test
    void aSnapshotsFrontierIsWhereARolledBackLogBegins() {
        IngestCore core = core();
        assertThat(core.open(List.of(LogSplit.fresh(0, 7, 4), LogSplit.fresh(1, 3, 4))))
                .isEqualTo(Map.of(0, 7L, 1, 3L));
        take(core, record(0, 7, 120), record(1, 3, 120), record(0, 8, 620), record(1, 4, 630));
        assertThat(seen.all)
                .as("no tick up to 4 opens again")
                .containsExactly("0:7=5", "1:3=5", "0:8=6", "w5", "1:4=6");
    }

    @Test
    void aRolledBackPartitionThatTheSnapshotHasNothingOfBeginsWithWhatThereIsAndNoEarlierTick() {
        IngestCore core = core();
        assertThat(core.open(List.of(LogSplit.fresh(0, LogSplit.BEGINNING, 4))))
                .isEqualTo(Map.of(0, LogSplit.BEGINNING));
        assertThat(core.save(-1, Map.of()).get(0).position()).isNotNegative();
        take(core, record(0, 7, 120), record(0, 8, 620));
        assertThat(seen.all).containsExactly("0:7=5", "w5", "0:8=6");
    }

    @Test
    void publishedTicksAreCutAsTheyWereEvenWhereTheClockWouldCutThemElsewhere() {
        List<LogSplit> saved = checkpoint(33);
        // The wall clock had closed ticks before these records of partition 1 came.
        feedEntries.add(new TickLedger.Entry(1, Map.of(0, 3L, 1, 1L)));
        feedEntries.add(new TickLedger.Entry(4, Map.of(0, 4L, 1, 3L)));
        IngestCore core = core();
        core.open(saved);
        take(core, record(0, 3, 250), record(1, 2, 180), record(1, 3, 190), record(0, 4, 300));
        assertThat(seen.all).containsExactly("0:3=1", "w1", "1:2=4", "1:3=4", "0:4=4", "w4");
        take(core, record(0, 5, 800), record(1, 4, 810));
        assertThat(seen.all).endsWith("0:5=8", "w7", "1:4=8");
    }

    @Test
    void aSecondRestartInTheMiddleOfTheLedgerRepeatsTheRestOfIt() {
        List<LogSplit> saved = checkpoint(33);
        feedEntries.add(new TickLedger.Entry(1, Map.of(0, 3L, 1, 1L)));
        feedEntries.add(new TickLedger.Entry(4, Map.of(0, 4L, 1, 3L)));
        IngestCore core = core();
        core.open(saved);
        take(core, record(0, 3, 250), record(1, 2, 180));
        List<LogSplit> middle = core.save(90, Map.of());
        assertThat(middle)
                .as("what is still to be repeated stands where it stood")
                .allMatch(split -> split.feedOffset() == 33);
        IngestCore again = core();
        assertThat(again.open(middle)).isEqualTo(Map.of(0, 4L, 1, 3L));
        take(again, record(1, 3, 190), record(0, 4, 300), record(0, 5, 800), record(1, 4, 810));
        assertThat(seen.all).containsExactly("0:3=1", "w1", "1:2=4", "1:3=4", "0:4=4", "w4", "0:5=8", "w7", "1:4=8");
        assertThat(again.save(90, Map.of())).allMatch(split -> split.feedOffset() == 90);
    }

    @Test
    void aSilentPartitionIsNotWaitedForOnceItIsReadToItsEnd() {
        IngestCore core = core();
        core.open(fresh(0, 1));
        topic.end.put(1, 0L);
        take(core, record(0, 0, 50), record(0, 1, 150));
        for (long now = 0; now <= 2000; now += 100) {
            core.observeEnds(new EndOffsets(now, Map.of(0, 2L, 1, 0L)), seen);
        }
        assertThat(seen.all).containsExactly("0:0=0", "0:1=1", "w1");
    }

    @Test
    void splitsKeepTheirBytes() throws Exception {
        LogSplitSerializer serializer = new LogSplitSerializer();
        for (LogSplit split : checkpoint(33)) {
            byte[] bytes = serializer.serialize(split);
            assertThat(serializer.deserialize(serializer.getVersion(), bytes)).isEqualTo(split);
            assertThatThrownBy(() -> serializer.deserialize(7, bytes)).hasMessageContaining("format 7");
        }
    }
}
