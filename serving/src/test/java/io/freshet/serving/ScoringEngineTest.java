package io.freshet.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.items.ItemScan;
import io.freshet.model.scoring.Scorer;
import io.freshet.schema.Action;
import io.freshet.schema.EntityIds;
import io.freshet.store.CoOccurrenceVisitor;
import io.freshet.store.DenseTensor;
import io.freshet.store.History;
import io.freshet.store.Interaction;
import io.freshet.store.LaneChanges;
import io.freshet.store.LaneRange;
import io.freshet.store.RowChange;
import io.freshet.store.StateView;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Answers come from whole ticks of the learned state, and refusals say why. */
class ScoringEngineTest {
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);
    private static final List<String> ITEMS = List.of("i0", "i7", "i14", "i29");

    private final SmallWorld world = new SmallWorld();
    private final Device device = CpuDevices.scalar().open();
    private final ScoringEngine engine = new ScoringEngine(device, Limits.defaults(), () -> 0, ItemScan.INT8);

    @AfterEach
    void close() {
        engine.close();
        world.close();
        device.close();
    }

    private void install(ScoringEngine into) {
        into.install(SmallWorld.MODEL, EntityIds.standard(), world.store().view(), world.version());
    }

    private void advance() {
        TickChanges changes = world.next();
        engine.advance(changes, world.store().view(), world.version());
    }

    private static Query score(String user) {
        return new Query.Score(new Subject(user, List.of()), ITEMS, 50_000);
    }

    private Answer ask(Query query) {
        return engine.ask(query, Freshness.ANY, PATIENCE).join();
    }

    private List<Double> reference(String user) {
        try (Device own = CpuDevices.scalar().open()) {
            Scorer scorer = new Scorer(SmallWorld.MODEL, own);
            scorer.state().load(world.store());
            List<Interaction> history =
                    world.store().history(EntityIds.standard().user(user)).interactions();
            float[] scores = scorer.score(
                    history,
                    50_000,
                    ITEMS.stream().mapToLong(EntityIds.standard()::item).toArray());
            List<Double> all = new ArrayList<>();
            for (float s : scores) {
                all.add((double) s);
            }
            return all;
        }
    }

    private static List<Double> scores(Answer answer) {
        return answer.items().stream().map(Answer.Item::score).toList();
    }

    @Test
    void tickByTickItScoresWhatAFreshlyLoadedScorerDoes() {
        for (int n = 0; n < 5; n++) {
            world.next();
        }
        install(engine);
        for (int n = 0; n < 12; n++) {
            advance();
            Answer answer = ask(score("u1"));
            assertThat(answer.version().tick()).isEqualTo(world.store().tick());
            assertThat(scores(answer)).isEqualTo(reference("u1"));
        }
    }

    @Test
    void answersNeverMixTicks() {
        for (int n = 0; n < 5; n++) {
            world.next();
        }
        install(engine);
        Map<Long, List<Double>> truth = new TreeMap<>();
        truth.put(world.store().tick(), reference("u1"));
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int n = 0; n < 20; n++) {
            for (int q = 0; q < 10; q++) {
                answers.add(engine.ask(score("u1"), Freshness.ANY, PATIENCE));
            }
            advance();
            truth.put(world.store().tick(), reference("u1"));
        }
        for (CompletableFuture<Answer> one : answers) {
            Answer answer = one.join();
            assertThat(scores(answer)).isEqualTo(truth.get(answer.version().tick()));
        }
    }

    @Test
    void whatIsUnknownIsAnsweredAndFlagged() {
        world.next();
        install(engine);
        Query.Score query = new Query.Score(new Subject("nobody", List.of()), List.of("i0", "nothing"), 0);
        Answer answer = ask(query);
        assertThat(answer.degraded()).contains(Degradation.COLD_SUBJECT, Degradation.PARTIAL);
        assertThat(answer.coverage()).isEqualTo(0.5);
        assertThat(answer.items().get(1).known()).isFalse();
        assertThat(answer.items().get(1).score())
                .isFinite()
                .isLessThanOrEqualTo(answer.items().get(0).score());
        assertThat(ask(new Query.Similar("nothing", 3)).items()).isEmpty();
    }

    @Test
    void recommendationsLeaveOutWhatTheyShouldAndEndWithTheCatalogue() {
        for (int n = 0; n < 8; n++) {
            world.next();
        }
        install(engine);
        Subject user = new Subject("u1", List.of());
        Answer all = ask(new Query.Recommend(user, 1000, Set.of(), false, 0));
        assertThat(all.items()).hasSize(engine.items());
        assertThat(scores(all)).isSortedAccordingTo(Comparator.reverseOrder());
        String best = all.items().get(0).id();
        assertThat(ask(new Query.Recommend(user, 1000, Set.of(best), false, 0)).items())
                .noneMatch(item -> item.id().equals(best));
        Set<Long> seen = new HashSet<>();
        world.store().history(EntityIds.standard().user("u1")).interactions().forEach(event -> seen.add(event.item()));
        assertThat(ask(new Query.Recommend(user, 1000, Set.of(), true, 0)).items())
                .hasSize(engine.items() - seen.size())
                .noneMatch(item -> seen.contains(EntityIds.standard().item(item.id())));
    }

    @Test
    void aQueryThatWaitsForAnOffsetIsAnsweredFromTheTickThatHasIt() {
        world.next();
        install(engine);
        long wanted = world.store().frontier().get(0) + 1;
        Freshness wait = new Freshness(Map.of(0, wanted), Freshness.Mode.WAIT);
        CompletableFuture<Answer> answer = engine.ask(score("u1"), wait, PATIENCE);
        ask(score("u1"));
        assertThat(answer).isNotDone();
        advance();
        assertThat(answer.join().version().frontier().get(0)).isGreaterThanOrEqualTo(wanted);
        Freshness serve = new Freshness(Map.of(0, wanted + 1000), Freshness.Mode.SERVE);
        assertThat(engine.ask(score("u1"), serve, PATIENCE).join().degraded()).contains(Degradation.STALE_STATE);
        Freshness fail = new Freshness(Map.of(0, wanted + 1000), Freshness.Mode.FAIL);
        refused(engine.ask(score("u1"), fail, PATIENCE), Refusal.Code.NOT_FRESH);
        Freshness late = new Freshness(Map.of(0, wanted + 1000), Freshness.Mode.WAIT);
        refused(engine.ask(score("u1"), late, 1_000_000), Refusal.Code.TOO_LATE);
    }

    @Test
    void withoutAStateWithoutRoomAndAfterTheEndItRefuses() {
        refused(engine.ask(score("u1"), Freshness.ANY, PATIENCE), Refusal.Code.NOT_READY);
        world.next();
        Limits narrow = new Limits(10, 10, 10, 10, 2, 1, 1000, 1000);
        ScoringEngine small = new ScoringEngine(device, narrow, () -> 0, ItemScan.INT8);
        install(small);
        Freshness never = new Freshness(Map.of(0, 1L << 40), Freshness.Mode.WAIT);
        CompletableFuture<Answer> waiting = small.ask(score("u1"), never, PATIENCE);
        // Its turn comes and goes; those that wait for a later state have a quota of their own.
        small.ask(score("u1"), Freshness.ANY, PATIENCE).join();
        refused(small.ask(score("u1"), never, PATIENCE), Refusal.Code.OVERLOADED);
        assertThat(small.ask(score("u1"), Freshness.ANY, PATIENCE).join().items())
                .hasSize(ITEMS.size());
        small.close();
        refused(waiting, Refusal.Code.NOT_READY);
        refused(small.ask(score("u1"), Freshness.ANY, PATIENCE), Refusal.Code.NOT_READY);
        install(engine);
        ask(score("u1"));
        engine.uninstall();
        refused(engine.ask(score("u1"), Freshness.ANY, PATIENCE), Refusal.Code.NOT_READY);
    }

    /** A view whose histories cannot be read. */
    private record BrokenView(StateView view, Supplier<RuntimeException> fails) implements StateView {
        @Override
        public History history(long user) {
            throw fails.get();
        }

        @Override
        public StoreLayout layout() {
            return view.layout();
        }

        @Override
        public LaneRange held() {
            return view.held();
        }

        @Override
        public long tick() {
            return view.tick();
        }

        @Override
        public Map<Integer, Long> frontier() {
            return view.frontier();
        }

        @Override
        public byte[] contentDigest(int lane) {
            return view.contentDigest(lane);
        }

        @Override
        public boolean verifyContent(int lane, BooleanSupplier goesOn) {
            return view.verifyContent(lane, goesOn);
        }

        @Override
        public @Nullable RowChange row(long item) {
            return view.row(item);
        }

        @Override
        public void forEachRow(Consumer<RowChange> visitor) {
            view.forEachRow(visitor);
        }

        @Override
        public void forEachCoOccurrence(CoOccurrenceVisitor visitor) {
            view.forEachCoOccurrence(visitor);
        }

        @Override
        public float @Nullable [] dense(int lane, String name) {
            return view.dense(lane, name);
        }

        @Override
        public byte @Nullable [] attribute(int lane, String name) {
            return view.attribute(lane, name);
        }

        @Override
        public void close() {
            view.close();
        }
    }

    @Test
    void anErrorEndsTheEngineAndLeavesNobodyWaiting() {
        world.next();
        Supplier<RuntimeException> overflows = () -> {
            throw new StackOverflowError("a deep query");
        };
        engine.install(
                SmallWorld.MODEL,
                EntityIds.standard(),
                new BrokenView(world.store().view(), overflows),
                world.version());
        assertThat(engine.serving()).isTrue();
        Freshness never = new Freshness(Map.of(0, 1L << 40), Freshness.Mode.WAIT);
        CompletableFuture<Answer> parked = engine.ask(score("u1"), never, PATIENCE);
        refused(engine.ask(score("u1"), Freshness.ANY, PATIENCE), Refusal.Code.NOT_READY);
        refused(parked, Refusal.Code.NOT_READY);
        refused(engine.ask(score("u1"), Freshness.ANY, PATIENCE), Refusal.Code.NOT_READY);
        assertThat(engine.serving()).isFalse();
        assertThat(engine.failure()).isInstanceOf(StackOverflowError.class);
        TickChanges changes = world.next();
        assertThatThrownBy(() -> engine.advance(changes, world.store().view(), world.version()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("a deep query");
        assertThatThrownBy(() -> install(engine)).hasMessageContaining("a deep query");
        engine.uninstall();
        assertThat(engine.version()).isNull();
    }

    @Test
    void anExceptionInAQueryFailsThatQueryOnly() {
        world.next();
        Supplier<RuntimeException> broken = () -> new IllegalStateException("a damaged block");
        engine.install(
                SmallWorld.MODEL,
                EntityIds.standard(),
                new BrokenView(world.store().view(), broken),
                world.version());
        assertThatThrownBy(
                        () -> engine.ask(score("u1"), Freshness.ANY, PATIENCE).join())
                .hasMessageContaining("a damaged block");
        assertThat(ask(score("")).items()).hasSize(ITEMS.size());
        assertThat(engine.serving()).isTrue();
    }

    @Test
    void aTickThatCannotBeTakenLeavesNoHalfState() {
        world.next();
        install(engine);
        TickChanges good = world.next();
        List<LaneChanges> lanes = new ArrayList<>(good.lanes());
        float[] short1 = {1};
        LaneChanges first = lanes.get(0);
        lanes.set(
                0,
                new LaneChanges(
                        0,
                        first.rows(),
                        first.coOccurrences(),
                        first.removed(),
                        first.histories(),
                        List.of(new DenseTensor(Scorer.WEIGHTS, short1))));
        TickChanges bad = new TickChanges(good.tick(), good.frontier(), lanes);
        assertThatThrownBy(() -> engine.advance(bad, world.store().view(), world.version()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("dense weights");
        refused(engine.ask(score("u1"), Freshness.ANY, PATIENCE), Refusal.Code.NOT_READY);
        assertThat(engine.failure()).isNull();
        install(engine);
        assertThat(scores(ask(score("u1")))).isEqualTo(reference("u1"));
    }

    @Test
    void anEmbeddedScorerThatFailsDoesNotStopTheLearnerAndComesBack() {
        world.next();
        EmbeddedReplica replica =
                new EmbeddedReplica(engine, SmallWorld.MODEL, EntityIds.standard(), world.store(), 1, () -> 0);
        engine.uninstall();
        replica.ticked(world.next());
        assertThat(replica.readiness().ready()).isFalse();
        assertThat(replica.readiness().words()).contains("tick 1");
        replica.ticked(world.next());
        assertThat(replica.readiness().ready()).isTrue();
        assertThat(replica.metrics().get(0).value()).isEqualTo(1);
        assertThat(scores(ask(score("u1")))).isEqualTo(reference("u1"));
    }

    @Test
    void aQueryWhoseAskerLeftIsNotComputed() {
        world.next();
        install(engine);
        Freshness never = new Freshness(Map.of(0, 1L << 40), Freshness.Mode.WAIT);
        CompletableFuture<Answer> left = engine.ask(score("u1"), never, PATIENCE);
        left.cancel(false);
        advance();
        ask(score("u1"));
        assertThat(engine.cancelled()).isEqualTo(1);
        assertThat(engine.waiting()).isZero();
    }

    @Test
    void whatTheUserHidLastIsNotRecommended() {
        for (int n = 0; n < 8; n++) {
            world.next();
        }
        install(engine);
        String best = ask(new Query.Recommend(new Subject("u1", List.of()), 1, Set.of(), false, 60_000))
                .items()
                .get(0)
                .id();
        Interaction hidden = new Interaction(EntityIds.standard().item(best), Action.HIDE.code(), 50_000, 0, 0);
        Interaction clicked = new Interaction(EntityIds.standard().item(best), Action.CLICK.code(), 51_000, 0, 0);
        assertThat(ask(new Query.Recommend(new Subject("u1", List.of(hidden)), 1000, Set.of(), false, 60_000))
                        .items())
                .hasSize(engine.items() - 1)
                .noneMatch(item -> item.id().equals(best));
        assertThat(ask(new Query.Recommend(new Subject("u1", List.of(clicked, hidden)), 1000, Set.of(), false, 60_000))
                        .items())
                .hasSize(engine.items());
    }

    @Test
    void anAnswerSaysHowFarItLookedForSeenItems() {
        Query.Recommend some = new Query.Recommend(new Subject("u1", List.of()), 5, Set.of(), true, 0);
        world.next();
        install(engine);
        assertThat(ask(some).degraded()).doesNotContain(Degradation.SEEN_HORIZON);
        // 50 events are stored of a user: one event in ten is his.
        int most = world.store().layout().historyLength();
        while (world.store().history(EntityIds.standard().user("u1")) == null
                || world.store()
                                .history(EntityIds.standard().user("u1"))
                                .interactions()
                                .size()
                        < most) {
            world.next();
        }
        install(engine);
        Answer answer = ask(some);
        assertThat(answer.degraded()).contains(Degradation.SEEN_HORIZON);
        assertThat(answer.seenSinceMillis())
                .isEqualTo(world.store()
                        .history(EntityIds.standard().user("u1"))
                        .interactions()
                        .get(0)
                        .eventTimeMillis());
        Answer all = ask(new Query.Recommend(new Subject("u1", List.of()), 5, Set.of(), false, 0));
        assertThat(all.degraded()).doesNotContain(Degradation.SEEN_HORIZON);
        assertThat(all.seenSinceMillis()).isZero();
    }

    @Test
    void anEventThatTheLogHasTooChangesNothing() {
        for (int n = 0; n < 8; n++) {
            world.next();
        }
        install(engine);
        List<Interaction> stored =
                world.store().history(EntityIds.standard().user("u1")).interactions();
        Subject told = new Subject("u1", List.of(stored.get(stored.size() - 1), stored.get(0)));
        assertThat(scores(ask(new Query.Score(told, ITEMS, 50_000)))).isEqualTo(reference("u1"));
    }

    private static void refused(CompletableFuture<Answer> answer, Refusal.Code code) {
        assertThatThrownBy(answer::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(code));
    }
}
