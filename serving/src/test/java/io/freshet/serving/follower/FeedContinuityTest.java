package io.freshet.serving.follower;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.serving.follower.FollowerStatus.State;
import io.freshet.store.feed.RepositoryId;
import io.freshet.store.memory.InMemoryStore;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A feed that says nothing of the state is followed on, and no tick that went with it is missed for long. */
class FeedContinuityTest {
    private static final FollowerRules RULES = new FollowerRules(5_000, 100, 1_000, 3, 1 << 20);

    private long now = 1_000;
    private final FakeFeed feed = new FakeFeed(() -> now);
    private final FakeStores stores = new FakeStores();
    private final FakeLearner learner = new FakeLearner(RepositoryId.of("ours"), 1, 1);
    private final FollowerCore core = new FollowerCore(feed, stores, new FakeEngine(), () -> now, RULES);

    private void pass(long millis) {
        for (long end = now + millis; now < end; now += 50) {
            settle();
        }
        settle();
    }

    private void settle() {
        for (int n = 0; n < 2_000; n++) {
            if (core.step().on() != Waits.On.NOTHING) {
                return;
            }
        }
        throw new AssertionError("it goes on for ever: " + core.status());
    }

    private void started() {
        feed.send(learner.tick());
        feed.send(learner.tick());
        stores.snapshot("one", learner, feed.end());
        settle();
    }

    private void followsWith(int bootstraps) {
        InMemoryStore store =
                (InMemoryStore) Objects.requireNonNull(core.state()).store();
        assertThat(store.stateDigest()).isEqualTo(learner.store().stateDigest());
        assertThat(core.status().state()).isEqualTo(State.FOLLOWING);
        assertThat(core.status().problem()).isEmpty();
        assertThat(core.status().counts().bootstraps()).isEqualTo(bootstraps);
    }

    @Test
    void anEmptyFeedIsFollowedFromItsEndIfNoSnapshotIsNewer() {
        started();
        feed.makeAgain();
        pass(60_000);
        followsWith(1);
        feed.send(learner.tick());
        settle();
        followsWith(1);
    }

    @Test
    void ticksThatWentWithTheFeedComeWithTheNextSnapshot() {
        started();
        feed.makeAgain();
        learner.tick();
        learner.tick();
        pass(10_000);
        assertThat(core.status().tick()).isEqualTo(1);
        stores.snapshot("two", learner, 0);
        pass(20_000);
        followsWith(2);
    }

    @Test
    void aStateThatIsOlderThanAFeedMadeAgainIsFoundToBe() {
        stores.snapshot("nothing", learner, 0);
        pass(2_000);
        learner.tick();
        stores.snapshot("one", learner, 0);
        pass(5_000);
        followsWith(2);
    }

    @Test
    void aNewLearnersSnapshotIsTakenWhateverItsTick() {
        started();
        feed.makeAgain();
        pass(2_000);
        FakeLearner rolledBack = new FakeLearner(RepositoryId.of("ours"), 2, 7);
        rolledBack.tick();
        stores.snapshot("rolled-back", rolledBack, 0);
        pass(5_000);
        InMemoryStore store =
                (InMemoryStore) Objects.requireNonNull(core.state()).store();
        assertThat(store.stateDigest()).isEqualTo(rolledBack.store().stateDigest());
        assertThat(core.status().state()).isEqualTo(State.FOLLOWING);
    }

    @Test
    void aLaterLearnersSnapshotOfWhatTheStateWentThroughIsNone() {
        started();
        FakeLearner next = learner.next(2, 1);
        stores.opened(2);
        stores.snapshot("two", next, feed.end());
        feed.send(next.tick());
        settle();
        feed.makeAgain();
        pass(120_000);
        assertThat(core.status().tick()).isEqualTo(2);
        assertThat(core.status().state()).isEqualTo(State.FOLLOWING);
        assertThat(core.status().counts().bootstraps())
                .as("'two' is of tick 1, which the state has gone through")
                .isEqualTo(1);
        stores.snapshot("three", next, 0);
        pass(120_000);
        assertThat(core.status().counts().bootstraps())
                .as("'three' is the state")
                .isEqualTo(1);
    }

    @Test
    void aLaterSnapshotThatCannotBeRestoredIsTriedOnceAndTheStateIsFollowedOn() {
        started();
        feed.makeAgain();
        learner.tick();
        stores.snapshot("two", learner, 0);
        stores.damaged("two");
        pass(120_000);
        assertThat(core.status().state()).isEqualTo(State.FOLLOWING);
        assertThat(core.status().tick()).isEqualTo(1);
        learner.tick();
        stores.snapshot("three", learner, 0);
        pass(120_000);
        followsWith(2);
    }

    @Test
    void aSnapshotWhoseTickTheFeedBringsIsNotTaken() {
        started();
        List<byte[]> frames = learner.tick();
        stores.snapshot("two", learner, feed.end() + frames.size());
        int before = stores.looks();
        while (stores.looks() == before) {
            now += 50;
            settle();
        }
        feed.send(frames);
        pass(5_000);
        followsWith(1);
    }

    @Test
    void aFeedThatLedToTheStateIsNotDoubtedAgain() {
        started();
        feed.send(learner.tick());
        settle();
        int before = stores.looks();
        stores.snapshot("of-nobody", learner.next(2, 3), 0);
        pass(120_000);
        assertThat(stores.looks()).isEqualTo(before);
        followsWith(1);
    }

    @Test
    void aRepositoryThatDoesNotAnswerEndsNoFollowing() {
        started();
        feed.makeAgain();
        learner.tick();
        stores.snapshot("two", learner, 0);
        stores.down(true);
        pass(10_000);
        assertThat(core.status().state()).isEqualTo(State.FOLLOWING);
        stores.down(false);
        pass(20_000);
        followsWith(2);
    }
}
