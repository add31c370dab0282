package io.freshet.endtoend.field;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Field rows of time and offsets: whatever a log's partitions hold, and whatever its clocks say, it is learned. */
@ExtendWith(FieldBroker.class)
class TimeAndOffsetsIT {
    private static final long MINUTE = Duration.ofMinutes(1).toMillis();
    private static final long YEAR = Duration.ofDays(365).toMillis();

    /** Row "a silent partition beside busy ones". f242271: tick -1 until the others are silent too. */
    @Test
    void aSilentPartitionHoldsNobodyAfterARestartEither(Field field) throws Exception {
        FieldLog log = field.log(3);
        log.traffic(50, 0, 1);
        FieldLearner learner = field.learner(log).start().awaitEvents(100);
        long tick = learner.tick();
        Waiting.of("ticks to rise").whileRuns(learner.command()).until(learner::tick, now -> now > tick + 4);

        learner.command().kill();
        long before = learner.events();
        learner.start().awaitEvents(before + 100);
    }

    /** The same kind: partitions that are added while it runs, one with events and one without. f242271: not seen. */
    @Test
    void aPartitionThatIsAddedIsLearnedAndOneWithoutEventsHoldsNobody(Field field) throws Exception {
        FieldLog log = field.log(1);
        FieldTraffic first = log.traffic(50, 0);
        FieldLearner learner = field.learner(log).start().awaitEvents(50);
        log.grow(3);
        log.put(1, "added", 40);
        long rest = first.stop().sent() + 40;
        learner.awaitEvents(rest);

        FieldTraffic second = log.traffic(50, 0);
        learner.awaitEvents(rest + 50);
        assertThat(second.sent()).isGreaterThanOrEqualTo(50);
    }

    /** Row "a partition whose records have all expired". f242271: hangs, nothing is learned. */
    @Test
    void aPartitionWhoseRecordsHaveExpiredIsPassed(Field field) throws Exception {
        FieldLog log = field.log(2);
        log.put(1, "old", 100);
        log.cut(1);
        log.put(0, "new", 100);
        field.learner(log).bounded().learned(100);
    }

    /** The same kind: all partitions expired; a log without any record that can be read. f242271: hangs. */
    @Test
    void aLogOfWhichNothingIsLeftEnds(Field field) throws Exception {
        FieldLog log = field.log(2);
        for (int partition = 0; partition < 2; partition++) {
            log.put(partition, "old" + partition + "-", 20);
            log.cut(partition);
        }
        field.learner(log).bounded().learned(0);
    }

    /** Row "transactional producers". f242271: hangs; what was aborted is learned. */
    @Test
    void whatWasAbortedIsNotLearnedAndTheEndIsReached(Field field) throws Exception {
        FieldLog log = field.log(1);
        log.begin().put(0, FieldEvent.clicks("committed", 50)).commit();
        log.begin().put(0, FieldEvent.clicks("aborted", 10)).abort();
        field.learner(log).bounded().learned(50);
    }

    /** The same kind: a transaction that is open for a while. f242271: its events are learned before it is decided. */
    @Test
    void anOpenTransactionHoldsItsOwnPartitionOnly(Field field) throws Exception {
        FieldLog log = field.log(2);
        FieldTransaction open = log.begin().put(0, FieldEvent.clicks("open", 10));
        log.put(0, "behind", 5);
        FieldTraffic first = log.traffic(25, 1);
        FieldLearner learner = field.learner(log).start().awaitEvents(50);
        long others = first.stop().sent();
        learner.awaitEvents(others).learned(others);

        open.commit();
        FieldTraffic second = log.traffic(25, 1);
        learner.awaitEvents(others + 15 + 25);
        long all = others + 15 + second.stop().sent();
        learner.awaitEvents(all).learned(all);
    }

    /** Row "one clock ahead". f242271: that partition is not learned for 55 minutes. */
    @Test
    void aRecordFromAheadDoesNotHoldThoseBehindIt(Field field) throws Exception {
        FieldLog log = field.log(2);
        log.to(0).ahead(55 * MINUTE).put(FieldEvent.click("ahead", 0));
        log.put(1, "other", 20);
        FieldTraffic ordinary = log.traffic(20, 0);
        // The other partition and the outlier itself are 21 events; the rest stand behind the outlier.
        FieldLearner learner = field.learner(log).start().awaitEvents(61);
        learner.awaitEvents(21 + ordinary.stop().sent());
        learner.command().awaitPrinted("ahead|max-step|outlier|jump", Waiting.PATIENCE);
    }

    /** The same kind: garbage and heartbeats from far ahead, on several partitions. f242271: stands. */
    @Test
    void neitherGarbageNorHeartbeatsFromAheadMoveTheClock(Field field) throws Exception {
        FieldLog log = field.log(3);
        log.to(0).ahead(50 * MINUTE).raw(List.of("no event".getBytes(StandardCharsets.UTF_8)));
        log.to(1).ahead(YEAR).heartbeat();
        log.to(2).ahead(58 * MINUTE).put(FieldEvent.click("ahead", 0));
        FieldTraffic ordinary = log.traffic(20, 0, 1, 2);
        FieldLearner learner = field.learner(log).start().awaitEvents(90);
        learner.awaitEvents(ordinary.stop().sent());
    }

    /** Row "time that begins again, or stands". f242271: the second pass stands in one open tick until it is over. */
    @Test
    void timeMayBeginAgain(Field field) throws Exception {
        FieldLog log = field.log(1);
        log.to(0).stamped(n -> FieldEvent.TIME + n * 250L).put(FieldEvent.clicks("first", 300));
        FieldLearner learner = field.learner(log).start().awaitEvents(300);
        FieldTraffic second = log.traffic(50, n -> FieldEvent.TIME + n * 20, 0);
        learner.awaitEvents(400);
        assertThat(second.sent())
                .as("its time has not reached the end of the first")
                .isLessThan(3750);
    }

    /** The same kind: time stands, then it steps back by a year, then forward to now. f242271: as above. */
    @Test
    void timeMayStandAndStepBack(Field field) throws Exception {
        FieldLog log = field.log(1);
        log.put(0, "first", 50);
        FieldLearner learner = field.learner(log).start().awaitEvents(50);
        long now = System.currentTimeMillis();
        LongUnaryOperator standing = n -> now;
        LongUnaryOperator yearAgo = n -> System.currentTimeMillis() - YEAR;
        long sent = 50;
        for (LongUnaryOperator stamp :
                List.of(standing, yearAgo, (LongUnaryOperator) n -> System.currentTimeMillis())) {
            FieldTraffic traffic = log.traffic(50, stamp, 0);
            learner.awaitEvents(sent + 50);
            sent += traffic.stop().sent();
            learner.awaitEvents(sent);
        }
        learner.learned(sent);
    }

    /** Row "the tick length changed over an old state". f242271: stands, silently. */
    @Test
    void anotherTickLengthIsRefusedOrLearnedWith(Field field) throws Exception {
        FieldLog log = field.log(1);
        log.put(0, "first", 50);
        FieldLearner learner = field.learner(log).bounded().learned(50);
        log.traffic(20, 0);
        learner.flag("--tick-length", "1 s").start();
        Waiting.of("a refusal, or 40 more events learned")
                .on(learner.command())
                .until(() -> learner.command().isAlive() ? learner.events() : Long.MAX_VALUE, seen -> seen >= 90);
        if (!learner.command().isAlive()) {
            learner.command().failed("tick", "\\b250\\b", "\\b1 s\\b|\\b1000\\b", FieldCommand.WAY_OUT);
        }
    }

    /** Row "the topic made again under its name". f242271: "the log's end is learned", and nothing was. */
    @Test
    void aTopicMadeAgainIsRefusedWhetherItHoldsLessOrMore(Field field) throws Exception {
        FieldLog log = field.log(1);
        log.put(0, "first", 40);
        FieldLearner learner = field.learner(log).bounded().learned(40);
        for (int count : new int[] {30, 60}) {
            log.again(1);
            log.put(0, "again" + count + "-", count);
            learner.startBounded().failed("topic", "again|another|recreated", FieldCommand.WAY_OUT);
            learner.learned(40);
        }
        learner.set("start.accept", "other-topic").bounded().learned(100);
    }

    /** The same kind: retention passed the checkpoint, so events are missing. f242271: goes on without a word. */
    @Test
    void aGapInTheLogIsRefused(Field field) throws Exception {
        FieldLog log = field.log(1);
        log.put(0, "first", 40);
        FieldLearner learner = field.learner(log).bounded().learned(40);
        log.put(0, "lost", 30);
        log.cut(0);
        log.put(0, "later", 30);
        learner.startBounded().failed(log.topic(), "\\b40\\b", "\\b70\\b", FieldCommand.WAY_OUT);
        learner.learned(40);
        learner.set("start.accept", "gap").bounded().learned(70);
    }

    /** Row "more or fewer partitions than a command assumes". f242271: two minutes of silence into one of 1. */
    @Test
    void aReplayTakesThePartitionsThatThereAre(Field field) throws Exception {
        FieldLog one = field.log(1);
        FieldLog four = field.log(4);
        FieldCommand toOne = replay(field, one);
        FieldCommand toFour = replay(field, four);
        toOne.succeeded("sent 200 ");
        toFour.succeeded("sent 200 ");
        assertThat(one.records().stream().filter(record -> record.value() != null))
                .hasSize(200);
        assertThat(four.ends()).as("records of each of four partitions").allMatch(end -> end > 10);
        assertThat(four.records().stream()
                        .filter(record -> record.value() != null)
                        .map(ConsumerRecord::partition)
                        .distinct())
                .as("partitions with events")
                .hasSize(4);
    }

    private static FieldCommand replay(Field field, FieldLog log) throws Exception {
        return field.freshet(
                "replay", "--bootstrap-servers", field.servers(), "--topic", log.topic(), "--events", "200");
    }

    /** Row "data newer than the replay's constant". f242271: rejected one by one as from the future. */
    @Test
    void newDataIsReplayedAsTheLearnerTakesIt(Field field) throws Exception {
        StringBuilder ratings = new StringBuilder("userId,movieId,rating,timestamp\n");
        for (int n = 0; n < 20; n++) {
            ratings.append(n % 5)
                    .append(',')
                    .append(n)
                    .append(",4.0,")
                    .append(1_750_000_000 + n)
                    .append('\n');
        }
        Path file = field.file("ratings.csv", ratings.toString());
        FieldLog log = field.log(2);
        field.freshet(
                        "replay",
                        "--bootstrap-servers",
                        field.servers(),
                        "--topic",
                        log.topic(),
                        "--dataset",
                        "ml-latest-small",
                        "--path",
                        file.toString())
                .succeeded("sent 20 ");
        field.freshet("events", "validate", "--bootstrap-servers", field.servers(), "--topic", log.topic())
                .succeeded("\\b20 +accepted");
    }
}
