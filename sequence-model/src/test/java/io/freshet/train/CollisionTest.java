package io.freshet.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.store.History;
import io.freshet.store.Interaction;
import io.freshet.store.RowChange;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.tick.LogEvent;
import io.freshet.train.tick.RefusedEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Of two ids with one hash the first in the log's order has it; events of the other are refused and change nothing. */
class CollisionTest {
    private final InMemoryStore store = new InMemoryStore(TestLog.LAYOUT);
    private final LearnerConfig config = new TestLog.Settings().build();

    private static List<Long> itemsOf(InMemoryStore store, int user) {
        History history = store.history(TestLog.user(user));
        return history == null
                ? List.of()
                : history.interactions().stream().map(Interaction::item).toList();
    }

    @Test
    void aUserWhoseHashIsStoredForAnotherNameIsRefused() {
        try (Learner learner = Learner.open(config, store, CpuDevices.best())) {
            learner.learn(0, List.of(TestLog.click(0, 1, 1, 0)), Map.of(0, 0L));
            LogEvent thief = TestLog.withSubject(TestLog.click(1, 1, 2, 1), "mallory");
            TickOutcome outcome = learner.learn(1, List.of(thief, TestLog.click(2, 1, 3, 2)), Map.of(0, 2L));
            assertThat(outcome.refused()).hasSize(1);
            RefusedEvent refused = outcome.refused().get(0);
            assertThat(refused.partition()).isZero();
            assertThat(refused.offset()).isEqualTo(1);
            assertThat(refused.reason()).isEqualTo("id-collision");
            assertThat(refused.detail()).contains("user", "mallory", "u1");
            assertThat(itemsOf(store, 1)).containsExactly(TestLog.item(1), TestLog.item(3));
            assertThat(Objects.requireNonNull(store.history(TestLog.user(1))).subject())
                    .isEqualTo("u1");
            assertThat(store.row(TestLog.item(2)))
                    .as("nor is the item taken in")
                    .isNull();
            assertThat(outcome.report().events()).isEqualTo(2);
            assertThat(outcome.report().counts().userCollisions()).isEqualTo(1);
            assertThat(outcome.ranked()).hasSize(1);
        }
    }

    @Test
    void withinATickTheFirstInTheLogsOrderHasTheHashInWhateverOrderTheyArrive() {
        List<LogEvent> events = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            LogEvent event = TestLog.click(i, 1, 10 + i, i);
            events.add(i % 2 == 0 ? event : TestLog.withSubject(event, "mallory"));
        }
        for (int seed = 0; seed < 5; seed++) {
            Collections.shuffle(events, new Random(seed));
            InMemoryStore mine = new InMemoryStore(TestLog.LAYOUT);
            try (Learner learner = Learner.open(config, mine, CpuDevices.best())) {
                TickOutcome outcome = learner.learn(0, events, Map.of(0, 5L));
                assertThat(outcome.refused().stream().map(RefusedEvent::offset)).containsExactly(1L, 3L, 5L);
                assertThat(itemsOf(mine, 1)).containsExactly(TestLog.item(10), TestLog.item(12), TestLog.item(14));
            }
        }
    }

    @Test
    void anItemWhoseHashIsAnotherNamesIsRefusedAgainstTheCatalogueAndWithinATick() {
        try (Learner learner = Learner.open(config, store, CpuDevices.best())) {
            LogEvent first = TestLog.click(0, 1, 1, 0);
            LogEvent same = TestLog.withItemName(TestLog.click(1, 2, 1, 1), "other");
            TickOutcome inOne = learner.learn(0, List.of(same, first), Map.of(0, 1L));
            assertThat(inOne.refused()).hasSize(1);
            assertThat(inOne.refused().get(0).offset()).isEqualTo(1);
            assertThat(inOne.refused().get(0).detail()).contains("item", "other", "i1");
            assertThat(store.history(TestLog.user(2))).isNull();
            LogEvent later = TestLog.withItemName(TestLog.click(2, 1, 1, 2), "other");
            TickOutcome after = learner.learn(1, List.of(later, TestLog.click(3, 1, 4, 3)), Map.of(0, 3L));
            assertThat(after.refused()).hasSize(1);
            assertThat(after.refused().get(0).offset()).isEqualTo(2);
            assertThat(itemsOf(store, 1)).containsExactly(TestLog.item(1), TestLog.item(4));
            RowChange row = Objects.requireNonNull(store.row(TestLog.item(1)));
            assertThat(row.row().name()).isEqualTo("i1");
            assertThat(row.row().frequency()).as("counted once").isEqualTo(1f);
            assertThat(after.report().counts().itemCollisions()).isEqualTo(2);
            assertThat(after.report().counts().userCollisions()).isZero();
        }
    }

    /** An event refused for its item in the middle of a user's tick leaves the rest of the tick as it is. */
    @Test
    void theStateIsThatOfTheLogWithoutTheRefusedEvents() {
        List<LogEvent> all = new ArrayList<>();
        List<LogEvent> clean = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            LogEvent event = TestLog.click(i, i % 5, i % 13, 1000 * i);
            boolean refused = i > 20 && i % 7 == 0;
            all.add(
                    !refused
                            ? event
                            : i % 2 == 0
                                    ? TestLog.withSubject(event, "mallory")
                                    : TestLog.withItemName(event, "counterfeit"));
            if (!refused) {
                clean.add(event);
            }
        }
        InMemoryStore other = new InMemoryStore(TestLog.LAYOUT);
        for (InMemoryStore target : List.of(store, other)) {
            List<LogEvent> log = target == store ? all : clean;
            try (Learner learner = Learner.open(config, target, CpuDevices.best())) {
                for (int tick = 0; tick < 4; tick++) {
                    long from = 15L * tick;
                    List<LogEvent> events = log.stream()
                            .filter(e -> e.offset() >= from && e.offset() < from + 15)
                            .toList();
                    learner.learn(tick, events, Map.of(0, from + 14));
                }
                assertThat(learner.report().events()).isEqualTo(clean.size());
            }
        }
        assertThat(store.stateDigest()).isEqualTo(other.stateDigest());
        assertThat(store.digests()).isDeepEqualTo(other.digests());
    }

    /** Every learner counts all refusals; each event is handed to one caller, for one dead letter. */
    @Test
    void severalLearnersRefuseAnEventOnce() throws Exception {
        List<LogEvent> events = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            LogEvent event = TestLog.click(i, i % 10, i % 4, i);
            events.add(
                    i < 20
                            ? event
                            : i % 2 == 0
                                    ? TestLog.withSubject(event, "mallory")
                                    : TestLog.withItemName(event, "counterfeit"));
        }
        int size = 3;
        ExchangeGroup group = new ExchangeGroup(size);
        List<CompletableFuture<TickOutcome>> outcomes = new ArrayList<>();
        for (int member = 0; member < size; member++) {
            Exchange exchange = group.member(member);
            InMemoryStore part = new InMemoryStore(TestLog.LAYOUT, exchange.owned(TestLog.LAYOUT.lanes()));
            List<LogEvent> mine = events.stream()
                    .filter(e -> part.held().contains(TestLog.LAYOUT.laneOf(e.user())))
                    .toList();
            CompletableFuture<TickOutcome> outcome = new CompletableFuture<>();
            outcomes.add(outcome);
            new Thread(() -> outcome.completeAsync(
                            () -> {
                                try (Learner learner = Learner.open(config, part, CpuDevices.best(), exchange)) {
                                    return learner.learn(0, mine, Map.of(0, 39L));
                                }
                            },
                            Runnable::run))
                    .start();
        }
        List<Long> refused = new ArrayList<>();
        for (CompletableFuture<TickOutcome> outcome : outcomes) {
            TickOutcome done = outcome.get(60, TimeUnit.SECONDS);
            done.refused().forEach(event -> refused.add(event.offset()));
            assertThat(done.report().counts().userCollisions()).isEqualTo(10);
            assertThat(done.report().counts().itemCollisions()).isEqualTo(10);
        }
        Collections.sort(refused);
        assertThat(refused).hasSize(20).doesNotHaveDuplicates().allMatch(offset -> offset >= 20);
    }
}
