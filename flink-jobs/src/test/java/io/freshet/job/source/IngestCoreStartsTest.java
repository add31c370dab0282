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

/** A source opens a log where a checkpoint left it, or says what is not as it was. */
class IngestCoreStartsTest {
    private static final ClockConfig CLOCK = new ClockConfig(100, 1_000, 50, 200, 100);
    private static final PublishedTicks NOTHING_PUBLISHED = (from, topicId) -> new TickLedger();

    private final FakeLog log = new FakeLog();

    /** A topic of two partitions. */
    private static final class FakeLog implements LogPort {
        private String id = "first";
        private final Map<Integer, Long> begin = new TreeMap<>(Map.of(0, 0L, 1, 0L));
        private final Map<Integer, Long> end = new TreeMap<>(Map.of(0, 1_000L, 1, 1_000L));

        @Override
        public String name() {
            return "events";
        }

        @Override
        public Description describe() {
            return new Description(id, new TreeSet<>(begin.keySet()));
        }

        @Override
        public Bounds bounds(Set<Integer> partitions) {
            return new Bounds(begin, end);
        }
    }

    /** What went out. */
    private static final class Seen implements TickSequence.Output {
        private final List<String> all = new ArrayList<>();

        @Override
        public void event(TickedEvent event) {
            all.add((event.isNote() ? event.subject + " at " : "") + event.partition + "/" + event.offset + " in "
                    + event.tick);
        }

        @Override
        public void watermark(long timestamp) {
            all.add("closed " + ((timestamp + 1) / 100 - 1));
        }

        @Override
        public void rejected(RawRecord record, Decoded.Rejected why) {
            all.add("rejected " + record.offset);
        }
    }

    private IngestCore core(Set<Accepted> accept, PublishedTicks ledger) {
        return new IngestCore(new IngestCore.Setup(CLOCK, EntityIds.standard(), accept, 7), log, ledger);
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
                BehaviourEvent.of(
                        "e" + record.partition + "-" + record.offset, Action.CLICK, record.timestamp, "u", "i"),
                WireFormat.values()[0]);
    }

    private static List<LogSplit> fresh() {
        return List.of(LogSplit.fresh(0, LogSplit.BEGINNING, -1), LogSplit.fresh(1, LogSplit.BEGINNING, -1));
    }

    /** State of a source that has read both partitions up to offset 3, in ticks 10 to 12. */
    private List<LogSplit> saved(long feedEnd) {
        IngestCore core = core(Set.of(), NOTHING_PUBLISHED);
        core.open(fresh());
        Seen seen = new Seen();
        for (int n = 0; n < 3; n++) {
            long time = 1_000 + 100 * n;
            core.take(
                    List.of(record(0, n, time), record(1, n, time)),
                    Map.of(0, n + 1L, 1, n + 1L),
                    IngestCoreStartsTest::decode,
                    seen);
        }
        assertThat(seen.all).contains("closed 9", "closed 11").doesNotContain("closed 12");
        return core.save(feedEnd, Map.of());
    }

    @Test
    void goesOnBehindWhatWasRead() {
        List<LogSplit> saved = saved(40);
        assertThat(saved).extracting(LogSplit::position).containsExactly(3L, 3L);
        assertThat(saved).extracting(LogSplit::feedOffset).containsOnly(40L);
        assertThat(saved).extracting(LogSplit::topicId).containsOnly("first");

        IngestCore core = core(Set.of(), NOTHING_PUBLISHED);
        assertThat(core.open(saved)).isEqualTo(Map.of(0, 3L, 1, 3L));
        Seen seen = new Seen();
        core.take(List.of(record(0, 3, 1_310), record(1, 3, 1_320)), Map.of(), IngestCoreStartsTest::decode, seen);
        assertThat(seen.all).containsExactly("0/3 in 13", "closed 12", "1/3 in 13");
    }

    @Test
    void refusesAGapWithBothOffsetsAndAcceptsItOnDemand() {
        List<LogSplit> saved = saved(40);
        log.begin.put(1, 10L);

        assertThatThrownBy(() -> core(Set.of(), NOTHING_PUBLISHED).open(saved))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContainingAll("events partition 1", "offset 10", "offset 3", "start.accept=gap");

        IngestCore core = core(Set.of(Accepted.GAP), NOTHING_PUBLISHED);
        assertThat(core.open(saved)).isEqualTo(Map.of(0, 3L, 1, 10L));
        Seen seen = new Seen();
        core.tellNotes(seen);
        core.tellNotes(seen);
        assertThat(seen.all).as("told once").containsExactly("gap of offsets 3 to 9 at 1/9 in 12");
    }

    @Test
    void refusesATopicThatWasMadeAgainAndAcceptsItOnDemand() {
        List<LogSplit> saved = saved(40);
        log.id = "second";

        assertThatThrownBy(() -> core(Set.of(), NOTHING_PUBLISHED).open(saved))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContainingAll("first", "second", "start.accept=other-topic");

        IngestCore core = core(Set.of(Accepted.OTHER_TOPIC), NOTHING_PUBLISHED);
        assertThat(core.open(saved)).as("from the beginning").isEqualTo(Map.of(0, -1L, 1, -1L));
        assertThat(core.topicId()).isEqualTo("second");
    }

    @Test
    void forgetsPartitionsThatTheOtherTopicDoesNotHave() {
        List<LogSplit> saved = saved(40);
        log.id = "second";
        log.begin.remove(1);
        IngestCore core = core(Set.of(Accepted.OTHER_TOPIC), NOTHING_PUBLISHED);
        assertThat(core.open(saved)).isEqualTo(Map.of(0, -1L));
        assertThat(core.save(50, Map.of())).extracting(LogSplit::partition).containsExactly(0);
    }

    @Test
    void refusesALogThatWasCut() {
        List<LogSplit> saved = saved(40);
        log.end.put(0, 2L);
        assertThatThrownBy(() -> core(Set.of(), NOTHING_PUBLISHED).open(saved))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContainingAll("ends at offset 2", "read up to 3");
    }

    @Test
    void refusesATopicWithoutAPartitionThatWasRead() {
        List<LogSplit> saved = saved(40);
        log.begin.remove(1);
        assertThatThrownBy(() -> core(Set.of(), NOTHING_PUBLISHED).open(saved))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("no partitions [1]");
    }

    @Test
    void readsTheFeedFromWhereItEndedAndKeepsThatPlaceUntilAllIsRepeated() {
        List<LogSplit> saved = saved(40);
        List<Long> readFrom = new ArrayList<>();
        PublishedTicks ledger = (from, topicId) -> {
            assertThat(topicId).as("ticks of another topic are none of it").isEqualTo("first");
            readFrom.add(from);
            TickLedger published = new TickLedger();
            // By the clocks offset 3 would be in tick 13.
            published.add(new TickLedger.Entry(12, Map.of(0, 3L, 1, 2L)));
            return published;
        };
        IngestCore core = core(Set.of(), ledger);
        core.open(saved);
        assertThat(readFrom).containsExactly(40L);

        assertThat(core.save(90, Map.of()))
                .as("tick 12 stands before offset 90 of the feed, and is not repeated yet")
                .extracting(LogSplit::feedOffset)
                .containsOnly(40L);
        Seen seen = new Seen();
        core.take(List.of(record(0, 3, 1_310)), Map.of(0, 4L), IngestCoreStartsTest::decode, seen);
        assertThat(seen.all).containsExactly("0/3 in 12", "closed 12");
        assertThat(core.save(90, Map.of())).extracting(LogSplit::feedOffset).containsOnly(90L);
    }

    /** A learner that was replaced goes on for a while: a network that is cut between it and its job manager. */
    @Test
    void whatAReplacedLearnerPublishedLaterIsNotRepeated() {
        List<LogSplit> saved = saved(40);
        for (Map<Integer, Long> frontier : List.of(Map.of(0, 1L, 1, 2L), Map.of(0, 2L, 1, 1L))) {
            TickLedger published = new TickLedger();
            // Offset 2 of both is open, and in tick 12.
            published.add(new TickLedger.Entry(12, frontier));
            published.add(new TickLedger.Entry(13, Map.of(0, 5L, 1, 5L)));
            core(Set.of(), (from, topicId) -> published).open(saved);
            assertThat(published.size()).isZero();
        }
        TickLedger leftOut = new TickLedger();
        leftOut.add(new TickLedger.Entry(13, 11, Map.of(0, 2L, 1, 2L)));
        core(Set.of(), (from, topicId) -> leftOut).open(saved);
        assertThat(leftOut.size()).as("tick 12 is open").isZero();
    }

    /** A replaced learner had learned what others found deleted. */
    @Test
    void whatWasPublishedOfOffsetsThatWerePassedOverIsNotRepeated() {
        List<LogSplit> saved = saved(40);
        log.begin.put(0, 7L);
        log.end.put(0, 9L);
        IngestCore core = core(Set.of(Accepted.GAP), NOTHING_PUBLISHED);
        core.open(saved);
        Seen seen = new Seen();
        core.tellNotes(seen);
        List<LogSplit> behind = core.save(41, Map.of());
        TickLedger published = new TickLedger();
        published.add(new TickLedger.Entry(12, 11, Map.of(0, 4L, 1, 2L)));
        core(Set.of(), (from, topicId) -> published).open(behind);
        assertThat(published.size()).as("offsets 3 to 6 were passed over").isZero();
    }

    @Test
    void aPartitionThatIsAddedIsReadFromItsBeginningAndKeepsTheBreakersCounts() {
        List<LogSplit> saved = new ArrayList<>();
        for (LogSplit split : saved(40)) {
            saved.add(new LogSplit(
                    split.topicId(),
                    split.partition(),
                    split.position(),
                    split.afterTick(),
                    split.clock(),
                    split.feedOffset(),
                    new byte[] {1}));
        }
        IngestCore core = core(Set.of(), NOTHING_PUBLISHED);
        core.open(saved);
        assertThat(core.badRecords()).containsOnlyKeys(0, 1);

        log.begin.put(2, 0L);
        assertThat(core.open(List.of(LogSplit.fresh(2, LogSplit.BEGINNING, -1))))
                .isEqualTo(Map.of(2, -1L));
        assertThat(core.badRecords()).as("not those of long ago").isEmpty();
        assertThat(core.save(50, Map.of())).extracting(LogSplit::partition).containsExactly(0, 1, 2);
    }

    @Test
    void positionsBehindControlRecordsCount() {
        IngestCore core = core(Set.of(), NOTHING_PUBLISHED);
        core.open(fresh());
        Seen seen = new Seen();
        core.take(List.of(record(0, 0, 1_000)), Map.of(0, 2L, 1, 1L), IngestCoreStartsTest::decode, seen);
        // Offset 1 of partition 0 and offset 0 of partition 1 are control records: both are read to their ends.
        for (long at = 100; at <= 500; at += 50) {
            core.observeEnds(new EndOffsets(at, Map.of(0, 2L, 1, 1L)), seen);
        }
        assertThat(seen.all).containsExactly("0/0 in 10", "closed 10");
    }

    @Test
    void doesNotWaitForTicksThatWereCutOfALongerLog() {
        List<LogSplit> saved = saved(40);
        log.end.put(0, 4L);
        TickLedger formerTopics = new TickLedger();
        formerTopics.add(new TickLedger.Entry(12, Map.of(0, 3L, 1, 500L)));
        formerTopics.add(new TickLedger.Entry(13, Map.of(0, 70L, 1, 600L)));
        IngestCore core = core(Set.of(), (from, topicId) -> formerTopics);
        core.open(saved);
        assertThat(formerTopics.size()).as("tick 13 reaches beyond partition 0").isEqualTo(1);
        assertThat(core.save(90, Map.of())).extracting(LogSplit::feedOffset).containsOnly(40L);
    }

    @Test
    void aPartitionOfWhichNothingCameIsReadFromItsBeginningAgain() {
        // Its beginning was never offset 0: nothing is lost that could have been read.
        log.begin.put(1, 25L);
        IngestCore first = core(Set.of(), NOTHING_PUBLISHED);
        first.open(fresh());
        first.take(List.of(record(0, 0, 1_000)), Map.of(0, 1L), IngestCoreStartsTest::decode, new Seen());
        List<LogSplit> saved = first.save(40, Map.of());
        assertThat(saved).extracting(LogSplit::position).containsExactly(1L, 25L);

        IngestCore second = core(Set.of(), NOTHING_PUBLISHED);
        assertThat(second.open(saved)).isEqualTo(Map.of(0, 1L, 1, 25L));
        assertThat(second.save(40, Map.of()))
                .as("still nothing came")
                .extracting(LogSplit::position)
                .containsExactly(1L, 25L);
    }

    @Test
    void whatWasDeletedOfAPartitionBeforeAnythingCameIsAGap() {
        IngestCore first = core(Set.of(), NOTHING_PUBLISHED);
        first.open(fresh());
        List<LogSplit> saved = first.save(40, Map.of());
        log.begin.put(1, 3L);
        assertThatThrownBy(() -> core(Set.of(), NOTHING_PUBLISHED).open(saved))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContainingAll("partition 1 begins at offset 3", "offset 0", "start.accept=gap");
    }

    @Test
    void whatWasPublishedBehindAGapIsNotRepeated() {
        List<LogSplit> saved = saved(40);
        TickLedger published = new TickLedger();
        published.add(new TickLedger.Entry(12, Map.of(0, 3L, 1, 500L)));
        published.readTo(90);
        log.begin.put(1, 600L);
        List<Long> askedFrom = new ArrayList<>();
        IngestCore core = core(Set.of(Accepted.GAP), (from, topicId) -> {
            askedFrom.add(from);
            return published;
        });
        core.open(saved);
        assertThat(askedFrom).containsExactly(40L);
        Seen seen = new Seen();
        core.tellNotes(seen);
        core.take(List.of(record(0, 3, 1_210)), Map.of(0, 4L), IngestCoreStartsTest::decode, seen);
        assertThat(seen.all)
                .as("tick 12 may be closed: a drained job closes all that it has")
                .containsExactly("gap of offsets 3 to 599 at 1/599 in 13", "0/3 in 13");
        assertThat(core.save(-1, Map.of())).extracting(LogSplit::feedOffset).containsOnly(90L);
    }

    @Test
    void anotherTopicsRecordsComeBehindTheTicksOfADrainedJob() {
        List<LogSplit> saved = saved(40);
        TickLedger published = new TickLedger();
        published.add(new TickLedger.Entry(17, Map.of(0, 2L, 1, 2L)));
        log.id = "second";
        IngestCore core = core(Set.of(Accepted.OTHER_TOPIC), (from, topicId) -> published);
        core.open(saved);
        Seen seen = new Seen();
        core.take(List.of(record(0, 0, 1_210)), Map.of(0, 1L), IngestCoreStartsTest::decode, seen);
        assertThat(seen.all).containsExactly("0/0 in 18");
    }

    @Test
    void aGapBehindARolledBackStateIsRefusedAndAcceptedOnDemand() {
        log.begin.put(1, 600L);
        List<LogSplit> behindState = List.of(LogSplit.fresh(0, 3, 11), LogSplit.fresh(1, 3, 11));
        assertThatThrownBy(() -> core(Set.of(), NOTHING_PUBLISHED).open(behindState))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContainingAll("events partition 1", "offset 600", "offset 3", "start.accept=gap");
        IngestCore core = core(Set.of(Accepted.GAP), NOTHING_PUBLISHED);
        assertThat(core.open(behindState)).isEqualTo(Map.of(0, 3L, 1, 600L));
        Seen seen = new Seen();
        core.tellNotes(seen);
        assertThat(seen.all).containsExactly("gap of offsets 3 to 599 at 1/599 in 12");
    }

    @Test
    void recordsThatAreOpenAtACheckpointStillCountBehindIt() {
        List<LogSplit> saved = saved(40);
        IngestCore core = core(Set.of(), NOTHING_PUBLISHED);
        core.open(saved);
        assertThat(core.counts().openRecords()).as("tick 12 of both partitions").isEqualTo(2);
        log.id = "second";
        log.begin.remove(1);
        core = core(Set.of(Accepted.OTHER_TOPIC), NOTHING_PUBLISHED);
        core.open(saved);
        assertThat(core.counts().openRecords())
                .as("learners hold them all the same")
                .isEqualTo(2);
        Seen seen = new Seen();
        core.take(List.of(record(0, 0, 1_310)), Map.of(0, 1L), IngestCoreStartsTest::decode, seen);
        assertThat(seen.all).contains("closed 12");
        assertThat(core.counts().openRecords()).isEqualTo(1);
    }

    @Test
    void refusesATopicThatWasMadeAgainSinceTheJobWasSubmitted() {
        IngestCore core = new IngestCore(
                new IngestCore.Setup(CLOCK, EntityIds.standard(), Set.of(), 7, "of the submission"),
                log,
                NOTHING_PUBLISHED);
        assertThatThrownBy(() -> core.open(fresh()))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContainingAll("of the submission", "first", "Submit the job again");
    }
}
