package io.freshet.serving.follower;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.serving.follower.FollowerStatus.State;
import io.freshet.store.feed.FeedFrame;
import io.freshet.store.feed.RepositoryId;
import io.freshet.store.memory.InMemoryStore;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Whatever the feed, the repository and the engine do, a follower serves the learner's state or says why it cannot. */
class FollowerCoreTest {
    private static final RepositoryId OURS = RepositoryId.of("ours");
    private static final FollowerRules RULES = new FollowerRules(5_000, 100, 1_000, 3, 1 << 20);

    private long now = 1_000;
    private final FakeFeed feed = new FakeFeed(() -> now);
    private final FakeStores stores = new FakeStores();
    private FakeEngine engine = new FakeEngine();
    private final FakeLearner learner = new FakeLearner(OURS, 1, 1);
    private FollowerCore core = core();

    private FollowerCore core() {
        return new FollowerCore(feed, stores, engine, () -> now, RULES);
    }

    /** Steps until there is nothing to do but wait, for the feed or for a time that does not come. */
    private Waits settle() {
        for (int n = 0; n < 2_000; n++) {
            Waits waits = core.step();
            if (waits.on() != Waits.On.NOTHING) {
                return waits;
            }
        }
        throw new AssertionError("it goes on for ever: " + core.status());
    }

    /** Lets time pass, stepping now and then. */
    private void pass(long millis) {
        for (long end = now + millis; now < end; now += 50) {
            settle();
        }
        settle();
    }

    @Test
    void aFollowerWhoseRowWasAlteredLoadsASnapshotWhenTheNextTickTouchesIt() {
        started();
        feed.send(learner.tick());
        settle();
        long item = learner.store().tick();
        InMemoryStore mine =
                (InMemoryStore) Objects.requireNonNull(core.state()).store();
        // A bit in memory or on the disk, of which no digest was told.
        Objects.requireNonNull(mine.row(item)).row().embedding()[2] = 1;
        feed.send(learner.tick());
        settle();
        assertThat(status().state()).isEqualTo(State.FOLLOWING);
        feed.send(learner.tick(item));
        settle();
        assertThat(status().state()).isEqualTo(State.WAITING);
        assertThat(status().problem())
                .contains("tick " + learner.store().tick() + ", lane " + FakeLearner.LAYOUT.laneOf(item))
                .containsPattern("the learner's content digest is [0-9a-f]{64}, this store's is [0-9a-f]{64}");
        pass(1_000);
        assertThat(status().state()).isEqualTo(State.FOLLOWING);
        assertThat(Objects.requireNonNull(core.state()).store()).isNotSameAs(mine);
        isThe(learner);
    }

    private FollowerStatus status() {
        return core.status();
    }

    private void started() {
        feed.send(learner.tick());
        feed.send(learner.tick());
        stores.snapshot("one", learner, feed.end());
        settle();
    }

    /** The store and the engine have exactly what the learner has. */
    private void isThe(FakeLearner of) {
        InMemoryStore store =
                (InMemoryStore) Objects.requireNonNull(core.state()).store();
        assertThat(store.stateDigest()).isEqualTo(of.store().stateDigest());
        assertThat(store.digests()).isDeepEqualTo(of.store().digests());
        Map<Long, float[]> expected = new TreeMap<>();
        of.store()
                .forEachRow(
                        change -> expected.put(change.row().item(), change.row().embedding()));
        Map<Long, float[]> served = Objects.requireNonNull(engine.served());
        assertThat(served.keySet()).isEqualTo(expected.keySet());
        expected.forEach((item, row) -> assertThat(served.get(item)).isEqualTo(row));
        assertThat(Objects.requireNonNull(engine.version()).tick())
                .isEqualTo(of.store().tick());
    }

    @Test
    void itWaitsForASnapshotThenFollowsEveryTick() {
        settle();
        assertThat(status().state()).isEqualTo(State.WAITING);
        assertThat(status().problem()).contains("no snapshot is committed yet in the repository");
        feed.send(learner.tick());
        stores.snapshot("one", learner, feed.end());
        pass(1_000);
        for (int n = 0; n < 20; n++) {
            feed.send(learner.tick());
            settle();
            isThe(learner);
            assertThat(status().state()).isEqualTo(State.FOLLOWING);
            assertThat(status().ready()).isTrue();
        }
        assertThat(status().counts().applied()).isEqualTo(20);
        assertThat(status().counts().bootstraps()).isEqualTo(1);
        assertThat(status().behind()).isZero();
    }

    @Test
    void aStepTakesOneRecordAtMost() {
        started();
        feed.send(learner.tick());
        long before = status().position();
        core.step();
        assertThat(status().position()).isEqualTo(before + 1);
    }

    @Test
    void brokersThatWereNeverReachedAreNamedAndItIsNotReady() {
        feed.reachable(false);
        started();
        assertThat(status().state()).isEqualTo(State.CONNECTING);
        assertThat(status().problem()).contains("127.0.0.1:9").contains("has not been reached yet");
        pass(12_000);
        assertThat(status().state()).isEqualTo(State.CONNECTING);
        assertThat(status().problem()).contains("has not been reached for more than 10 s");
        assertThat(status().ready()).isFalse();
        feed.reachable(true);
        settle();
        assertThat(status().state()).isEqualTo(State.FOLLOWING);
    }

    @Test
    void brokersThatGoAwayEndTheFollowingAfterSecondsAndNoTickIsLost() {
        started();
        feed.reachable(false);
        pass(4_000);
        assertThat(status().state()).isEqualTo(State.FOLLOWING);
        pass(2_000);
        assertThat(status().state()).isEqualTo(State.CONNECTING);
        assertThat(status().ready()).isFalse();
        feed.send(learner.tick());
        feed.reachable(true);
        settle();
        assertThat(status().state()).isEqualTo(State.FOLLOWING);
        isThe(learner);
    }

    @Test
    void untilItHasReachedAnEndItCatchesUp() {
        feed.send(learner.tick());
        stores.snapshot("one", learner, feed.end());
        for (int n = 0; n < 30; n++) {
            feed.send(learner.tick());
        }
        List<State> states = new ArrayList<>();
        while (status().state() != State.FOLLOWING) {
            core.step();
            if (states.isEmpty() || states.get(states.size() - 1) != status().state()) {
                states.add(status().state());
            }
        }
        assertThat(states).containsExactly(State.WAITING, State.CATCHING_UP, State.FOLLOWING);
        isThe(learner);
    }

    @Test
    void aTickThatTheEngineDidNotTakeIsServedFromTheStore() {
        started();
        engine.failNextAdvance(new IllegalStateException("no room"));
        feed.send(learner.tick());
        settle();
        isThe(learner);
        assertThat(status().counts().reinstalls()).isEqualTo(1);
        feed.send(learner.tick());
        settle();
        isThe(learner);
        assertThat(status().counts().bootstraps()).isEqualTo(1);
    }

    @Test
    void anEngineThatCannotBeLoadedAgainIsLoadedFromASnapshot() {
        started();
        feed.send(learner.tick());
        settle();
        stores.snapshot("two", learner, feed.end());
        engine.failNextAdvance(new IllegalStateException("no room"));
        engine.failNextInstall(new IllegalStateException("no room either"));
        feed.send(learner.tick());
        settle();
        assertThat(status().state()).isEqualTo(State.WAITING);
        assertThat(status().problem()).contains("no room either");
        assertThat(engine.served()).isNull();
        pass(1_000);
        isThe(learner);
        assertThat(status().counts().bootstraps()).isEqualTo(2);
    }

    @Test
    void anErrorEndsTheFollowerAndTheEngine() {
        started();
        engine.failNextAdvance(new StackOverflowError("deep"));
        feed.send(learner.tick());
        assertThat(settle().on()).isEqualTo(Waits.On.END);
        assertThat(status().state()).isEqualTo(State.FAILED);
        assertThat(status().problem()).contains("deep");
        assertThat(engine.failure()).isInstanceOf(StackOverflowError.class);
        assertThat(engine.served()).isNull();
        assertThat(core.step().on()).isEqualTo(Waits.On.END);
        core.close();
        assertThat(status().state()).isEqualTo(State.CLOSED);
        assertThat(status().problem()).contains("deep");
    }

    @Test
    void anEngineThatHasEndedEndsTheFollowerInsteadOfLoadingSnapshots() {
        started();
        engine.fail(new OutOfMemoryError("a query"));
        settle();
        assertThat(status().state()).isEqualTo(State.FAILED);
        assertThat(status().problem()).contains("the scoring engine has ended").contains("a query");
        assertThat(status().counts().bootstraps()).isEqualTo(1);
    }

    @Test
    void aGapIsBridgedByTheNextSnapshotAndNotByTheSameOneForEver() {
        started();
        learner.tick();
        feed.send(learner.tick());
        pass(3_000);
        assertThat(status().state()).isEqualTo(State.WAITING);
        assertThat(status().problem())
                .contains("snapshot one cannot be followed")
                .contains("missing");
        assertThat(status().counts().bootstraps()).isEqualTo(2);
        assertThat(engine.served()).as("the last whole tick").isNotNull();
        stores.snapshot("two", learner, feed.end());
        feed.send(learner.tick());
        pass(2_000);
        isThe(learner);
        assertThat(status().state()).isEqualTo(State.FOLLOWING);
    }

    private void isTheOneThatEnteredAgain() {
        isThe(learner);
        assertThat(status().state()).isEqualTo(State.FOLLOWING);
        assertThat(status().counts().reentries()).isEqualTo(1);
        assertThat(status().counts().bootstraps()).isZero();
    }

    @Test
    void aTrimmedFeedIsEnteredAgainWhereNothingIsMissing() {
        started();
        feed.send(learner.tick());
        feed.send(learner.tick());
        settle();
        // It is killed: the place that was saved last is behind the state, and no longer in the feed.
        feed.trim(status().position());
        feed.send(learner.tick());
        core = core();
        settle();
        isTheOneThatEnteredAgain();
    }

    @Test
    void aTrimmedFeedWhoseLastTickThisStateHasIsFollowedOn() {
        started();
        List<byte[]> last = learner.tick();
        feed.send(last);
        settle();
        // A learner that was restarted sends it again; nothing else is left.
        feed.trim(feed.end());
        feed.send(last);
        core = core();
        pass(10_000);
        isTheOneThatEnteredAgain();
        feed.send(learner.tick());
        settle();
        isThe(learner);
    }

    @Test
    void aFeedTrimmedInTheMiddleOfATickThatIsHereIsEnteredAgain() {
        started();
        long begin = feed.end();
        feed.send(learner.tick());
        settle();
        // The place that was saved is before all of it: the first lane's changes are gone, the marker is there.
        feed.trim(begin + 1);
        feed.send(learner.tick());
        core = core();
        pass(1_000);
        isTheOneThatEnteredAgain();
    }

    @Test
    void aFeedTrimmedBehindThePositionTakesASnapshot() {
        started();
        core.close();
        for (int n = 0; n < 5; n++) {
            feed.send(learner.tick());
        }
        feed.trim(feed.end() - 3);
        core = core();
        pass(3_000);
        assertThat(status().state()).isEqualTo(State.WAITING);
        assertThat(status().counts().reentries()).isPositive();
        stores.snapshot("two", learner, feed.end());
        feed.send(learner.tick());
        pass(2_000);
        isThe(learner);
        assertThat(status().state()).isEqualTo(State.FOLLOWING);
    }

    @Test
    void aTopicThatWasMadeAgainIsFollowedFromItsBeginningIfNothingIsMissing() {
        started();
        feed.send(learner.tick());
        settle();
        feed.makeAgain();
        for (int n = 0; n < 9; n++) {
            feed.send(learner.tick());
        }
        pass(1_000);
        isThe(learner);
        assertThat(status().state()).isEqualTo(State.FOLLOWING);
        assertThat(status().counts().reentries()).isEqualTo(1);
        assertThat(status().counts().bootstraps()).isEqualTo(1);
    }

    @Test
    void framesOfAnotherRepositoryAreDroppedAndCounted() {
        started();
        RepositoryId theirs = RepositoryId.of("theirs");
        FakeLearner other = new FakeLearner(theirs, 77, 5);
        for (int n = 0; n < 5; n++) {
            List<byte[]> foreign = other.tick();
            List<byte[]> mine = learner.tick();
            // Interleaved, as two producers' records are.
            for (int i = 0; i < mine.size(); i++) {
                feed.send(foreign.get(i));
                feed.send(mine.get(i));
            }
        }
        settle();
        isThe(learner);
        assertThat(status().counts().foreign()).isEqualTo(Map.of(theirs.toString(), 15L));
        assertThat(status().counts().bootstraps()).isEqualTo(1);
        assertThat(status().incarnation()).isEqualTo(1);
    }

    @Test
    void aLearnerThatNeverOpenedTheRepositoryFencesNobody() {
        started();
        feed.send(new FeedFrame.Part(OURS, Long.MAX_VALUE, 9, 0, 0, 1, new byte[3]).toBytes());
        feed.send(learner.tick());
        settle();
        isThe(learner);
        assertThat(status().counts().unknown()).isEqualTo(1);
        assertThat(status().counts().fenced()).isZero();
    }

    @Test
    void manyUnknownLearnersDoNotMakeItAskTheRepositoryForEachOfThem() {
        started();
        for (int n = 0; n < 400; n++) {
            feed.send(new FeedFrame.Part(OURS, 1000 + n, 9, 0, 0, 1, new byte[3]).toBytes());
        }
        settle();
        assertThat(status().counts().unknown()).isEqualTo(400);
        assertThat(stores.asked()).isLessThanOrEqualTo(101);
    }

    @Test
    void theNextLearnerIsFollowedAndTheReplacedOneFenced() {
        started();
        FakeLearner next = learner.next(2, 1);
        stores.opened(2);
        feed.send(next.tick());
        feed.send(learner.tick());
        settle();
        isThe(next);
        assertThat(status().incarnation()).isEqualTo(2);
        assertThat(status().counts().fenced()).isEqualTo(3);
    }

    @Test
    void aRepositoryThatIsDownDelaysANewLearnerAndLosesNothing() {
        started();
        FakeLearner next = learner.next(2, 1);
        stores.opened(2);
        stores.down(true);
        feed.send(next.tick());
        pass(1_000);
        assertThat(status().state()).isEqualTo(State.CONNECTING);
        assertThat(status().problem()).contains("the repository is down");
        stores.down(false);
        pass(2_000);
        isThe(next);
        assertThat(status().counts().bootstraps()).isEqualTo(1);
    }

    @Test
    void recordsThatNoLearnerSentAreDroppedAndCounted() {
        started();
        List<byte[]> mine = learner.tick();
        feed.send(new byte[0]);
        feed.send(mine.get(0));
        feed.send("hello".getBytes(StandardCharsets.UTF_8));
        feed.send(new byte[FeedFrame.MOST_BYTES + 1]);
        // A lane that the store has not, more parts than anybody sends, and a marker of a thousand lanes.
        feed.send(new FeedFrame.Part(OURS, 1, 2, 7, 0, 1, new byte[3]).toBytes());
        feed.send(new FeedFrame.Part(OURS, 1, 2, 0, 0, Integer.MAX_VALUE, new byte[3]).toBytes());
        byte[][] many = new byte[1000][32];
        feed.send(new FeedFrame.Marker(1, 2, 1, 0, many, many).toBytes());
        // More than a tick may have.
        feed.send(new FeedFrame.Part(OURS, 1, 2, 1, 0, 2, new byte[2 << 20]).toBytes());
        feed.send(mine.subList(1, mine.size()));
        settle();
        isThe(learner);
        assertThat(status().counts().hostile()).isEqualTo(7);
        assertThat(status().counts().bootstraps()).isEqualTo(1);
    }

    @Test
    void aDivergenceNamesTickLaneAndBothDigests() {
        started();
        FakeLearner liar = learner.next(2, 9);
        feed.send(learner.tick());
        settle();
        stores.opened(2);
        feed.send(liar.tick());
        settle();
        assertThat(status().state()).isEqualTo(State.WAITING);
        assertThat(status().problem())
                .containsPattern("tick 2, lane [01]: the learner's digest is [0-9a-f]{64}, this store's would be"
                        + " [0-9a-f]{64}");
    }

    @Test
    void theNextProcessGoesOnWhereThisOneStopped() {
        started();
        for (int n = 0; n < 4; n++) {
            feed.send(learner.tick());
        }
        settle();
        long before = status().position();
        core.close();
        assertThat(feed.closed()).isTrue();
        assertThat(engine.version()).isNull();
        engine = new FakeEngine();
        core = core();
        feed.send(learner.tick());
        settle();
        isThe(learner);
        assertThat(status().counts().bootstraps()).isZero();
        assertThat(status().counts().verified()).isZero();
        assertThat(status().position()).isEqualTo(before + 3);
        // Learned at, as the marker had it, and not the time of the restart.
        assertThat(Objects.requireNonNull(engine.version()).learnedAtMillis())
                .isEqualTo(learner.store().tick() + 7);
    }

    @Test
    void theLongerSomethingFailsTheLongerItWaits() {
        stores.down(true);
        List<Long> waits = new ArrayList<>();
        for (int n = 0; n < 6; n++) {
            Waits next = settle();
            assertThat(next.on()).isEqualTo(Waits.On.TIME);
            waits.add(next.untilMillis() - now);
            now = next.untilMillis();
        }
        assertThat(waits).containsExactly(100L, 200L, 400L, 800L, 1_000L, 1_000L);
    }

    @Test
    void aClosedOneEnds() {
        started();
        core.close();
        core.close();
        assertThat(core.step().on()).isEqualTo(Waits.On.END);
    }
}
