package io.freshet.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.CounterRandom;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.store.StoreLayout;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.exchange.Compression;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.prequential.RankedEvent;
import io.freshet.train.step.DenseWeights;
import io.freshet.train.step.OptimizerConfig;
import io.freshet.train.step.SoftmaxConfig;
import io.freshet.train.step.SoftmaxConfig.BiasSet;
import io.freshet.train.step.TrainingConfig;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The learner learns, and its state is a function of the log alone. */
class LearnerTest {
    private static final StoreLayout LAYOUT = new StoreLayout(4, 128, 16, 50);

    private static LearnerConfig config(int threads, int capacity, int fullSoftmaxItems) {
        return config(threads, capacity, fullSoftmaxItems, 0);
    }

    private static LearnerConfig config(int threads, int capacity, int fullSoftmaxItems, float replay) {
        ModelConfig model = new ModelConfig(
                new LayerConfig(ModelConfig.Variant.STREAMING, 16, 2, 2, 8, 16),
                new ContextConfig(32, 16),
                0.2f,
                new PopularityDecay(100, 10),
                7,
                ActionRules.DEFAULT);
        return new LearnerConfig(
                model,
                new TrainingConfig(
                        48,
                        replay,
                        new SoftmaxConfig(fullSoftmaxItems, 64, BiasSet.ALL),
                        new OptimizerConfig(2e-3f, 20, 0.2f, 0.999f, 1f),
                        Compression.NONE,
                        threads),
                capacity,
                4);
    }

    /** Every user walks through the items in a circle: the next item follows from the last one. */
    private static List<List<LogEvent>> walks(int ticks, int items) {
        SplittableRandom random = new SplittableRandom(11);
        int[] at = new int[40];
        List<List<LogEvent>> log = new ArrayList<>();
        long offset = 0;
        for (int tick = 0; tick < ticks; tick++) {
            List<LogEvent> events = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                int user = random.nextInt(at.length);
                at[user] = (at[user] + 1) % items;
                events.add(event((int) (offset % 3), offset / 3, user, at[user], tick * 1000L));
                offset++;
            }
            log.add(events);
        }
        return log;
    }

    private static LogEvent event(int partition, long offset, int user, int item, long time) {
        long id = CounterRandom.mix(partition, offset);
        return new LogEvent(
                partition,
                offset,
                CounterRandom.mix(1, user),
                "u" + user,
                CounterRandom.mix(2, item),
                "i" + item,
                (byte) 1,
                time,
                0,
                id);
    }

    private static TickReport run(LearnerConfig config, InMemoryStore store, List<List<LogEvent>> log, int from) {
        return run(config, CpuDevices.best(), store, log, from);
    }

    private static TickReport run(
            LearnerConfig config, Device device, InMemoryStore store, List<List<LogEvent>> log, int from) {
        try (Learner learner = Learner.open(config, store, device)) {
            for (int tick = from; tick < log.size(); tick++) {
                learner.learn(tick, log.get(tick), Map.of(0, (long) tick));
            }
            learner.writeOwnState();
            return learner.report();
        }
    }

    @Test
    void aPlantedSequenceIsLearnedAndPopularityIsNot() {
        List<List<LogEvent>> log = walks(250, 60);
        TickReport report = run(config(1, 1000, 1000), new InMemoryStore(LAYOUT), log, 0);
        assertThat(report.events()).isEqualTo(5000);
        assertThat(report.quality().recentModel().hitRatio10()).isGreaterThan(0.5);
        assertThat(report.quality().recentPopularity().hitRatio10()).isLessThan(0.35);
        assertThat(report.skippedSteps()).isZero();
    }

    @Test
    void arrivalOrderAndThreadsChangeNoBits() {
        List<List<LogEvent>> log = walks(40, 60);
        InMemoryStore straight = new InMemoryStore(LAYOUT);
        run(config(1, 1000, 10), straight, log, 0);
        List<List<LogEvent>> shuffled = new ArrayList<>();
        for (List<LogEvent> tick : log) {
            List<LogEvent> copy = new ArrayList<>(tick);
            Collections.shuffle(copy, new Random(5));
            shuffled.add(copy);
        }
        for (int again = 0; again < 10; again++) {
            InMemoryStore other = new InMemoryStore(LAYOUT);
            run(config(3, 1000, 10), other, shuffled, 0);
            assertThat(other.stateDigest()).isEqualTo(straight.stateDigest());
            assertThat(other.digests()).isDeepEqualTo(straight.digests());
        }
    }

    @Test
    void noTwoThreadsAreInOneSetOfOperators() {
        List<List<LogEvent>> log = walks(10, 60);
        for (int fullSoftmaxItems : new int[] {10, 1000}) {
            InMemoryStore plain = new InMemoryStore(LAYOUT);
            run(config(1, 1000, fullSoftmaxItems), plain, log, 0);
            InMemoryStore watched = new InMemoryStore(LAYOUT);
            LearnerConfig threads = config(LAYOUT.lanes(), 1000, fullSoftmaxItems);
            run(threads, new OneThreadDevice(CpuDevices.best()), watched, log, 0);
            assertThat(watched.stateDigest()).isEqualTo(plain.stateDigest());
        }
    }

    @Test
    void severalLearnersThatOwnSomeLanesEachEndWithTheBitsOfOne() throws Exception {
        List<List<LogEvent>> log = walks(40, 60);
        for (int capacity : new int[] {1000, 40}) {
            for (int fullSoftmaxItems : new int[] {10, 1000}) {
                LearnerConfig config = config(1, capacity, fullSoftmaxItems, fullSoftmaxItems == 10 ? 0 : 0.5f);
                InMemoryStore alone = new InMemoryStore(LAYOUT);
                TickReport expected = run(config, alone, log, 0);
                for (int size : new int[] {2, 3, 4}) {
                    check(new ExchangeGroup(size), size, config, log, alone, expected);
                }
            }
        }
    }

    private static void check(
            ExchangeGroup group,
            int size,
            LearnerConfig config,
            List<List<LogEvent>> log,
            InMemoryStore alone,
            TickReport expected)
            throws Exception {
        List<InMemoryStore> stores = new ArrayList<>();
        List<CompletableFuture<TickReport>> reports = new ArrayList<>();
        for (int member = 0; member < size; member++) {
            Exchange exchange = group.member(member);
            InMemoryStore store = new InMemoryStore(LAYOUT, exchange.owned(LAYOUT.lanes()));
            stores.add(store);
            CompletableFuture<TickReport> report = new CompletableFuture<>();
            reports.add(report);
            new Thread(() -> report.completeAsync(() -> share(config, store, exchange, log), Runnable::run)).start();
        }
        for (int member = 0; member < size; member++) {
            TickReport report = reports.get(member).get(120, TimeUnit.SECONDS);
            InMemoryStore store = stores.get(member);
            assertThat(report).as("learner %d of %d", member, size).isEqualTo(expected);
            for (int lane = store.held().from(); lane < store.held().to(); lane++) {
                assertThat(store.digests()[lane]).as("lane %d", lane).isEqualTo(alone.digests()[lane]);
                for (String name : DenseWeights.ownNames(lane)) {
                    assertThat(store.dense(lane, name)).as(name).isEqualTo(alone.dense(lane, name));
                }
            }
        }
    }

    @Test
    void whatTravelsInFewerBytesStillGivesTheBitsOfOne() throws Exception {
        List<List<LogEvent>> log = walks(40, 60);
        for (Compression compression : List.of(
                new Compression(Compression.Rows.BFLOAT16, Compression.Gradients.ONE_BIT),
                new Compression(Compression.Rows.FLOAT32, Compression.Gradients.TOP_K))) {
            LearnerConfig config = config(1, 1000, 10).withCompression(compression);
            InMemoryStore alone = new InMemoryStore(LAYOUT);
            TickReport expected = run(config, alone, log, 0);
            check(new ExchangeGroup(2), 2, config, log, alone, expected);
            InMemoryStore plain = new InMemoryStore(LAYOUT);
            run(config(1, 1000, 10), plain, log, 0);
            assertThat(alone.digests()[0]).isNotEqualTo(plain.digests()[0]);
            InMemoryStore restarted = new InMemoryStore(LAYOUT);
            run(config, restarted, log.subList(0, 23), 0);
            run(config, restarted, log, 23);
            assertThat(restarted.stateDigest()).isEqualTo(alone.stateDigest());
        }
    }

    /** Learns with others; gets the events of its own lanes only. */
    private static TickReport share(
            LearnerConfig config, InMemoryStore store, Exchange exchange, List<List<LogEvent>> log) {
        try (Learner learner = Learner.open(config, store, CpuDevices.best(), exchange)) {
            for (int tick = 0; tick < log.size(); tick++) {
                List<LogEvent> mine = log.get(tick).stream()
                        .filter(event -> store.held().contains(LAYOUT.laneOf(event.user())))
                        .toList();
                learner.learn(tick, mine, Map.of(0, (long) tick));
            }
            learner.writeOwnState();
            return learner.report();
        }
    }

    @Test
    void aLearnerOpenedOnTheStoreGoesOnWithTheSameBits() {
        for (int capacity : new int[] {1000, 40}) {
            for (float replay : new float[] {0, 1.5f}) {
                List<List<LogEvent>> log = walks(60, 60);
                LearnerConfig config = config(1, capacity, 10, replay);
                InMemoryStore straight = new InMemoryStore(LAYOUT);
                TickReport expected = run(config, straight, log, 0);
                InMemoryStore restarted = new InMemoryStore(LAYOUT);
                run(config, restarted, log.subList(0, 23), 0);
                TickReport report = run(config, restarted, log, 23);
                assertThat(restarted.stateDigest())
                        .as("capacity %d, replay %f", capacity, replay)
                        .isEqualTo(straight.stateDigest());
                assertThat(report.quality()).isEqualTo(expected.quality());
                assertThat(report.events()).isEqualTo(expected.events());
                assertThat(report.items()).isLessThanOrEqualTo(capacity);
            }
        }
    }

    @Test
    void replayedSequencesAreTrainedOnButNeitherRankedNorCounted() {
        List<List<LogEvent>> log = walks(100, 60);
        TickReport once = run(config(1, 1000, 1000), new InMemoryStore(LAYOUT), log, 0);
        InMemoryStore store = new InMemoryStore(LAYOUT);
        List<RankedEvent> ranked = new ArrayList<>();
        try (Learner learner = Learner.open(config(1, 1000, 1000, 1), store, CpuDevices.best())) {
            for (int tick = 0; tick < log.size(); tick++) {
                ranked.addAll(learner.learn(tick, log.get(tick), Map.of(0, (long) tick))
                        .ranked());
            }
            assertThat(learner.report().tokens()).isGreaterThan(once.tokens() * 3 / 2);
            assertThat(learner.report().events()).isEqualTo(once.events());
        }
        assertThat(ranked).hasSize(2000);
        assertThat(ranked.stream().map(RankedEvent::eventId).distinct()).hasSize(2000);
    }

    @Test
    void aDuplicateIsCountedAndChangesNothing() {
        List<List<LogEvent>> log = walks(10, 60);
        InMemoryStore once = new InMemoryStore(LAYOUT);
        run(config(1, 1000, 1000), once, log, 0);
        List<List<LogEvent>> twice = new ArrayList<>(log);
        LogEvent first = log.get(9).get(0);
        List<LogEvent> last = new ArrayList<>(log.get(9));
        last.add(new LogEvent(
                first.partition(),
                first.offset() + 1_000_000,
                first.user(),
                first.subject(),
                first.item(),
                first.itemName(),
                first.action(),
                first.eventTimeMillis(),
                first.value(),
                first.eventId()));
        twice.set(9, last);
        InMemoryStore store = new InMemoryStore(LAYOUT);
        TickReport report = run(config(1, 1000, 1000), store, twice, 0);
        assertThat(report.duplicates()).isEqualTo(1);
        assertThat(report.conflicts()).isZero();
        assertThat(store.stateDigest()).isEqualTo(once.stateDigest());
    }
}
