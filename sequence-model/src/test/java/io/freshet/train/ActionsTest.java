package io.freshet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ActionRules;
import io.freshet.model.ActionRules.Impressions;
import io.freshet.model.ContextConfig;
import io.freshet.model.CounterRandom;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.model.scoring.Scorer;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EntityIds;
import io.freshet.store.Interaction;
import io.freshet.store.StoreLayout;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.exchange.Compression;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.prequential.RankedEvent;
import io.freshet.train.step.OptimizerConfig;
import io.freshet.train.step.SoftmaxConfig;
import io.freshet.train.step.SoftmaxConfig.BiasSet;
import io.freshet.train.step.TrainingConfig;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What actions mean to a learner and to the scorer that follows it. */
class ActionsTest {
    private static final StoreLayout LAYOUT = new StoreLayout(4, 128, 16, 50);
    private static final ActionRules WEAK = new ActionRules(3f, 2f, Impressions.WEAK_NEGATIVE, 0.5f);

    @Test
    void whatEverybodyHidesIsInNobodysFirstPlaces() {
        try (ActionWorld world = new ActionWorld(ActionRules.DEFAULT)) {
            for (int u = 0; u < 60; u++) {
                String user = "u" + u;
                world.learn(List.of(
                        world.event(Action.HIDE, user, "bad"),
                        world.event(Action.CLICK, user, "good1"),
                        world.event(Action.CLICK, "v" + u % 7, "good2")));
            }
            assertThat(world.best("u5", 3)).as("who hid it").containsExactlyInAnyOrder("good1", "good2");
            assertThat(world.best("stranger", 3)).as("a stranger").hasSize(3).endsWith("bad");
            assertThat(world.score("u5", "bad")).isLessThan(world.score("u5", "good2") - 20);
        }
    }

    @Test
    void aLowRatingIsNoWish() {
        try (ActionWorld world = new ActionWorld(ActionRules.DEFAULT)) {
            for (int u = 0; u < 50; u++) {
                world.learn(List.of(
                        world.event(Action.RATE, "u" + u, "awful").withValue(0.5),
                        world.event(Action.RATE, "u" + u, "fine").withValue(5)));
            }
            assertThat(world.best("stranger", 2)).containsExactly("fine", "awful");
            assertThat(world.best("u3", 2)).containsExactly("fine");
        }
    }

    @Test
    void onlyAYesCountsForAnItem() {
        try (ActionWorld world = new ActionWorld(ActionRules.DEFAULT)) {
            List<Action> no = List.of(Action.HIDE, Action.REFUND, Action.SKIP, Action.IMPRESSION);
            for (int n = 0; n < 20; n++) {
                List<BehaviourEvent> tick = new ArrayList<>();
                tick.add(world.event(Action.CLICK, "u" + n, "wanted"));
                for (Action action : no) {
                    tick.add(world.event(action, "u" + n, "only-" + action));
                    tick.add(world.event(action, "u" + n, "wanted-once"));
                }
                tick.add(world.event(Action.CLICK, "u" + n, "wanted-too"));
                if (n == 0) {
                    tick.add(world.event(Action.CLICK, "first", "wanted-once"));
                }
                world.learn(tick);
            }
            Map<String, Float> frequency = new HashMap<>();
            Map<String, Long> sighted = new HashMap<>();
            world.store().forEachRow(change -> {
                frequency.put(change.row().name(), change.row().frequency());
                sighted.put(change.row().name(), change.row().lastTick());
            });
            for (Action action : no) {
                assertThat(frequency).containsEntry("only-" + action, 0f);
            }
            assertThat(frequency).containsEntry("wanted-once", 1f);
            assertThat(sighted).containsEntry("wanted-once", 0L).containsEntry("wanted", 19L);
            world.store()
                    .forEachCoOccurrence((lane, row) -> assertThat(row.item())
                            .isIn(
                                    EntityIds.standard().item("wanted"),
                                    EntityIds.standard().item("wanted-too")));
            assertThat(world.learner().report().quality().model().events()).isEqualTo(41);
        }
    }

    @Test
    void aRefundTakesBackAndAYesGivesAgain() {
        try (ActionWorld world = new ActionWorld(ActionRules.DEFAULT)) {
            for (int n = 0; n < 10; n++) {
                world.learn(List.of(
                        world.event(Action.PURCHASE, "u" + n, "shoe"), world.event(Action.CLICK, "u" + n, "lace")));
            }
            world.learn(List.of(world.event(Action.CLICK, "v", "hat"), world.event(Action.PURCHASE, "v", "shoe")));
            float bought = world.score("v", "lace");
            assertThat(world.best("v", 3)).contains("shoe");
            world.learn(List.of(world.event(Action.REFUND, "v", "shoe")));
            assertThat(world.best("v", 3)).doesNotContain("shoe").contains("lace");
            assertThat(world.score("v", "lace"))
                    .as("no neighbour of a wish any more")
                    .isLessThan(bought);
            world.learn(List.of(world.event(Action.CLICK, "v", "shoe")));
            assertThat(world.best("v", 3)).contains("shoe");
        }
    }

    @Test
    void whatWasPassedOverScoresLessByOptionOnly() {
        for (Impressions option : Impressions.values()) {
            ActionRules rules = new ActionRules(3f, 0f, option, 0.5f);
            try (ActionWorld world = new ActionWorld(rules)) {
                world.learn(List.of(
                        world.event(Action.CLICK, "a", "x"),
                        world.event(Action.CLICK, "b", "y"),
                        world.event(Action.CLICK, "c", "z")));
                world.learn(List.of(
                        world.event(Action.IMPRESSION, "u", "x"),
                        world.event(Action.IMPRESSION, "u", "y"),
                        world.event(Action.CLICK, "u", "y"),
                        world.event(Action.IMPRESSION, "u", "z")));
                float passedOver = own(world, "x");
                float shownLast = own(world, "z");
                float expected = option == Impressions.IGNORE ? 0f : -0.3f * (float) Math.log(2);
                assertThat(passedOver).isCloseTo(expected, within(1e-4f));
                assertThat(shownLast).as("nothing was taken behind it").isZero();
            }
        }
    }

    /** What an item gains or loses by the option: the difference to a scorer of the same state that ignores them. */
    private static float own(ActionWorld world, String item) {
        Scorer plain = new Scorer(
                ActionWorld.config(ActionRules.DEFAULT, 48).model(),
                CpuDevices.scalar().open());
        plain.state().load(world.store());
        List<Interaction> history = world.history("u");
        long time = history.get(history.size() - 1).eventTimeMillis() + 1000;
        long[] items = {EntityIds.standard().item(item)};
        return world.scorer().score(history, time, items)[0] - plain.score(history, time, items)[0];
    }

    /** Events of all kinds: also hides that are taken back, and items that are refused before anybody wants them. */
    private static List<List<LogEvent>> mixed(int ticks, int perTick) {
        SplittableRandom random = new SplittableRandom(23);
        List<List<LogEvent>> log = new ArrayList<>();
        long offset = 0;
        for (int tick = 0; tick < ticks; tick++) {
            List<LogEvent> events = new ArrayList<>();
            for (int i = 0; i < perTick; i++) {
                String user = "u" + random.nextInt(30);
                String item = "i" + random.nextInt(40);
                Action action = random.nextInt(3) == 0 ? Action.CLICK : Action.fromCode(random.nextInt(11));
                BehaviourEvent event = BehaviourEvent.of("e" + offset, action, tick * 10_000L + i, user, item)
                        .withValue(random.nextInt(1, 6));
                events.add(ActionWorld.logEvent(offset++, event));
            }
            log.add(events);
        }
        return log;
    }

    private static void run(Learner learner, InMemoryStore store, List<List<LogEvent>> log, int from) {
        for (int tick = from; tick < log.size(); tick++) {
            List<LogEvent> mine = log.get(tick).stream()
                    .filter(event -> store.held().contains(LAYOUT.laneOf(event.user())))
                    .toList();
            learner.learn(tick, mine, Map.of(0, (long) tick));
        }
        learner.writeOwnState();
    }

    @Test
    void anyMixOfActionsGivesSeveralLearnersAndARestartedOneTheBitsOfOne() throws Exception {
        List<List<LogEvent>> log = mixed(40, 25);
        LearnerConfig config = ActionWorld.config(WEAK, 64);
        InMemoryStore alone = new InMemoryStore(LAYOUT);
        try (Learner learner = Learner.open(config, alone, CpuDevices.best())) {
            run(learner, alone, log, 0);
        }
        InMemoryStore restarted = new InMemoryStore(LAYOUT);
        for (int from : new int[] {0, 17}) {
            try (Learner learner = Learner.open(config, restarted, CpuDevices.best())) {
                run(learner, restarted, from == 0 ? log.subList(0, 17) : log, from);
            }
        }
        assertThat(restarted.stateDigest()).isEqualTo(alone.stateDigest());
        ExchangeGroup group = new ExchangeGroup(3);
        List<CompletableFuture<InMemoryStore>> others = new ArrayList<>();
        for (int member = 0; member < 3; member++) {
            Exchange exchange = group.member(member);
            CompletableFuture<InMemoryStore> other = new CompletableFuture<>();
            others.add(other);
            new Thread(() -> other.completeAsync(() -> share(config, exchange, log), Runnable::run)).start();
        }
        for (CompletableFuture<InMemoryStore> other : others) {
            InMemoryStore store = other.get(120, TimeUnit.SECONDS);
            for (int lane = store.held().from(); lane < store.held().to(); lane++) {
                assertThat(store.digests()[lane]).as("lane %d", lane).isEqualTo(alone.digests()[lane]);
            }
        }
    }

    private static InMemoryStore share(LearnerConfig config, Exchange exchange, List<List<LogEvent>> log) {
        InMemoryStore store = new InMemoryStore(LAYOUT, exchange.owned(LAYOUT.lanes()));
        try (Learner learner = Learner.open(config, store, CpuDevices.best(), exchange)) {
            run(learner, store, log, 0);
            return store;
        }
    }

    @Test
    void theLearnerRanksAsTheScorerServes() {
        // One step a tick, and histories within the model's reach: both know the same.
        LearnerConfig config = ActionWorld.config(WEAK, 4096);
        int compared = 0;
        int same = 0;
        try (ActionWorld world = new ActionWorld(config, new StoreLayout(4, 128, 16, 15))) {
            for (List<LogEvent> tick : mixed(150, 6)) {
                Map<Long, Integer> served = new HashMap<>();
                for (LogEvent e : tick) {
                    boolean alone = tick.stream()
                                    .filter(other -> other.user() == e.user())
                                    .count()
                            == 1;
                    if (alone && WEAK.of(e.action(), e.value()) == ActionRules.Meaning.POSITIVE) {
                        int rank = world.scorer().rank(world.history(e.subject()), e.eventTimeMillis(), e.item());
                        served.put(e.eventId(), rank);
                    }
                }
                for (RankedEvent ranked : world.learnLog(tick).ranked()) {
                    Integer rank = served.get(ranked.eventId());
                    if (rank != null) {
                        compared++;
                        same += rank == ranked.rank() ? 1 : 0;
                        assertThat(ranked.rank()).isBetween(rank - 1, rank + 1);
                    }
                }
            }
        }
        assertThat(compared).isGreaterThan(200);
        assertThat(same).as("of %d ranks", compared).isGreaterThan(compared * 98 / 100);
    }

    @Test
    void aLogOfWishesAloneIsLearnedBitForBitAsBeforeThereWereRules() {
        long[] before = {
            -3464125302727886776L, -1329581694755688285L, -7170977196530942837L, -4912904238755934994L,
            1590831070780360694L, 6167904182906879490L, -117850536584712501L, -356502603138835784L
        };
        int at = 0;
        for (int fullSoftmaxItems : new int[] {10, 1000}) {
            for (float replay : new float[] {0, 0.5f}) {
                for (int capacity : new int[] {1000, 40}) {
                    assertThat(fingerprint(fullSoftmaxItems, replay, capacity)).isEqualTo(before[at++]);
                }
            }
        }
    }

    private static long fingerprint(int fullSoftmaxItems, float replay, int capacity) {
        LearnerConfig config = new LearnerConfig(
                new ModelConfig(
                        new LayerConfig(ModelConfig.Variant.STREAMING, 16, 2, 2, 8, 16),
                        new ContextConfig(32, 16),
                        0.2f,
                        new PopularityDecay(100, 10),
                        7,
                        ActionRules.DEFAULT),
                new TrainingConfig(
                        48,
                        replay,
                        new SoftmaxConfig(fullSoftmaxItems, 64, BiasSet.ALL),
                        new OptimizerConfig(2e-3f, 20, 0.2f, 0.999f, 1f),
                        Compression.NONE,
                        1),
                capacity,
                4);
        SplittableRandom random = new SplittableRandom(11);
        byte[] wishes = {1, 2, 3, 4, 6, 10, 5};
        InMemoryStore store = new InMemoryStore(LAYOUT);
        try (Learner learner = Learner.open(config, store, CpuDevices.scalar().open())) {
            long offset = 0;
            for (int tick = 0; tick < 60; tick++) {
                List<LogEvent> events = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    int user = random.nextInt(40);
                    int item = random.nextInt(60);
                    events.add(new LogEvent(
                            0,
                            offset,
                            CounterRandom.mix(1, user),
                            "u" + user,
                            CounterRandom.mix(2, item),
                            "i" + item,
                            wishes[random.nextInt(7)],
                            tick * 1000L,
                            4,
                            CounterRandom.mix(3, offset++)));
                }
                learner.learn(tick, events, Map.of(0, offset));
            }
            return learner.fingerprint();
        }
    }
}
