package io.freshet.job.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.store.LaneRange;
import io.freshet.store.codec.LaneDigests;
import io.freshet.store.memory.InMemoryStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A store that is not what its digests say ends its learner, whichever lane it is and whoever looks. */
class ContentChecksTest {
    private final ArrayDeque<Runnable> background = new ArrayDeque<>();
    private final InMemoryStore store = new InMemoryStore(SmallTicks.LAYOUT);
    private final ContentChecks checks = new ContentChecks(store, background::add);

    private void work() {
        while (!background.isEmpty()) {
            background.remove().run();
        }
    }

    private static List<LaneDigests> digests(InMemoryStore of) {
        List<LaneDigests> all = new ArrayList<>();
        for (int lane = 0; lane < SmallTicks.LAYOUT.lanes(); lane++) {
            all.add(
                    of.held().contains(lane)
                            ? LaneDigests.of(of.digests()[lane], of.contentDigest(lane), of.ownDigest(lane))
                            : LaneDigests.none());
        }
        return all;
    }

    /** Changes a row without telling anybody. */
    private static void alter(InMemoryStore of, int lane) {
        Objects.requireNonNull(of.row(SmallTicks.itemOf(lane))).row().embedding()[1] += 1;
    }

    @Test
    void everyLaneIsReadInItsTurnAndDamageIsFoundWhenItIsThatLanes() {
        for (int damaged = 0; damaged < SmallTicks.LAYOUT.lanes(); damaged++) {
            InMemoryStore one = new InMemoryStore(SmallTicks.LAYOUT);
            ContentChecks watch = new ContentChecks(one, background::add);
            watch.applied(one.apply(SmallTicks.of(1)));
            alter(one, damaged);
            for (int checkpoint = 1; checkpoint <= 4; checkpoint++) {
                watch.scan(checkpoint);
                work();
                if (checkpoint % 4 == damaged) {
                    break;
                }
                assertThatCode(watch::requireWhole).doesNotThrowAnyException();
            }
            assertThat(watch.scans()).isEqualTo((damaged + 3) % 4);
            assertThat(watch.mismatches()).isEqualTo(1);
            assertThatThrownBy(watch::requireWhole)
                    .isInstanceOf(PermanentFailure.class)
                    .message()
                    .containsPattern("content of lane " + damaged
                            + " has the digest [0-9a-f]{64}, but [0-9a-f]{64} was kept with it")
                    .contains("freshet models rollback");
        }
    }

    @Test
    void aLearnerOfSomeLanesReadsThoseOnly() {
        InMemoryStore some = new InMemoryStore(SmallTicks.LAYOUT, new LaneRange(1, 3));
        ContentChecks watch = new ContentChecks(some, background::add);
        watch.applied(some.apply(SmallTicks.of(1)));
        for (int checkpoint = 1; checkpoint <= 5; checkpoint++) {
            watch.scan(checkpoint);
            work();
        }
        watch.requireWhole();
        watch.requirePublished("s", digests(some));
        assertThat(watch.scans()).isEqualTo(5);
        alter(some, 2);
        watch.scan(6);
        work();
        assertThat(watch.mismatches()).isZero();
        watch.scan(7);
        work();
        assertThatThrownBy(watch::requireWhole).hasMessageContaining("lane 2");
    }

    @Test
    void whileALaneIsReadNoOtherIs() {
        checks.applied(store.apply(SmallTicks.of(1)));
        checks.scan(1);
        checks.scan(2);
        checks.scan(3);
        assertThat(background).hasSize(1);
        assertThat(checks.skipped()).isEqualTo(2);
        work();
        checks.scan(4);
        work();
        assertThat(checks.scans()).isEqualTo(2);
        assertThat(checks.skipped()).isEqualTo(2);
    }

    @Test
    void aCutHasTheContentThatWasPublished() {
        checks.requirePublished("empty", digests(store));
        checks.applied(store.apply(SmallTicks.of(1)));
        checks.requirePublished("one", digests(store));
        store.apply(SmallTicks.of(2));
        assertThatThrownBy(() -> checks.requirePublished("two", digests(store)))
                .isInstanceOf(PermanentFailure.class)
                .message()
                .containsPattern("snapshot two: content of lane 0 has the digest [0-9a-f]{64}, but tick 2 was"
                        + " published with [0-9a-f]{64}");
        assertThat(checks.mismatches()).isEqualTo(1);
    }

    @Test
    void whatIsWrittenWhileALaneWaitsToBeReadIsNoDamage() {
        checks.applied(store.apply(SmallTicks.of(1)));
        for (int checkpoint = 0; checkpoint < 4; checkpoint++) {
            checks.scan(checkpoint);
            checks.applied(store.apply(SmallTicks.of(2 + checkpoint)));
            work();
        }
        checks.requireWhole();
        assertThat(checks.scans()).isEqualTo(4);
    }

    @Test
    void nothingIsReadOnceItIsClosed() {
        checks.applied(store.apply(SmallTicks.of(1)));
        alter(store, 1);
        checks.scan(1);
        checks.close();
        work();
        assertThat(checks.scans()).isZero();
        checks.requireWhole();
    }
}
