package io.freshet.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ItemScan;
import io.freshet.model.Scorer;
import io.freshet.schema.EntityIds;
import io.freshet.store.Interaction;
import io.freshet.store.TickChanges;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
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
            scorer.load(world.store());
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
        assertThat(scores(all)).isSortedAccordingTo(java.util.Comparator.reverseOrder());
        String best = all.items().get(0).id();
        assertThat(ask(new Query.Recommend(user, 1000, Set.of(best), false, 0)).items())
                .noneMatch(item -> item.id().equals(best));
        Set<Long> seen = new java.util.HashSet<>();
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
        Limits narrow = new Limits(10, 10, 10, 10, 1, 1000, 1000);
        ScoringEngine small = new ScoringEngine(device, narrow, () -> 0, ItemScan.INT8);
        install(small);
        Freshness never = new Freshness(Map.of(0, 1L << 40), Freshness.Mode.WAIT);
        CompletableFuture<Answer> waiting = small.ask(score("u1"), never, PATIENCE);
        refused(small.ask(score("u1"), Freshness.ANY, PATIENCE), Refusal.Code.OVERLOADED);
        small.close();
        refused(waiting, Refusal.Code.NOT_READY);
        refused(small.ask(score("u1"), Freshness.ANY, PATIENCE), Refusal.Code.NOT_READY);
        install(engine);
        ask(score("u1"));
        engine.uninstall();
        refused(engine.ask(score("u1"), Freshness.ANY, PATIENCE), Refusal.Code.NOT_READY);
    }

    private static void refused(CompletableFuture<Answer> answer, Refusal.Code code) {
        assertThatThrownBy(answer::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(code));
    }
}
