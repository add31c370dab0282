package io.freshet.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.items.ItemScan;
import io.freshet.model.scoring.Scorer;
import io.freshet.store.Interaction;
import io.freshet.store.LaneRange;
import io.freshet.store.StoreLayout;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.items.ItemShards;
import io.freshet.train.prequential.Prequential;
import io.freshet.train.step.StepTrainer;
import io.freshet.train.tick.LearnerCounters;
import io.freshet.train.tick.LogEvent;
import io.freshet.train.tick.TickPlan;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * What the learner's own tick and the scorer's own calls allocate once they are warm, in the shape of the {@code small}
 * preset: it is not nothing, and these bounds are what it is, so that growth is found. On the scalar device, which
 * makes no objects of vectors; what the kernels of the vector device allocate is {@code AllocationIT}'s.
 *
 * <p>What a step allocates still: lists of its sequences by lane; two lambdas a position and shard for columns of
 * terms, and the lags' weights; messages of the step's sums; gradients of lags by shard; arguments of kernels; sums and
 * ranked events; a view of a history for every sequence. What a tick does beside its step: the interactions of
 * histories that it reads, the changes with an array for every row that moved, their bytes, and digests. What a call
 * does: the list of results and the heap that finds them, views of the history, and the screening's arrays.
 */
class LearnerAllocationIT {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final StoreLayout LAYOUT = new StoreLayout(8, 128, 64, 200);
    private static final int ITEMS = 600;
    private static final int USERS = 16;
    private static final int EVENTS = 8;

    // A quarter above what was measured: 87,056 and 605,368; 3,040, 3,544, 6,720 and 3,624 bytes. Half of a tick's are
    // the bytes of what it replaces and of what takes its place, for the digests of content.
    private static final long MOST_STEP = 110_000;
    private static final long MOST_TICK = 760_000;
    private static final long MOST_SCORE = 4_000;
    private static final long MOST_RECOMMEND = 4_500;
    private static final long MOST_SCREENED = 8_500;
    private static final long MOST_SIMILAR = 4_600;

    private long offset;

    /** Least bytes of a call, of many; the JIT takes some objects apart in time. */
    private static long least(int calls, Runnable call) {
        long thread = Thread.currentThread().getId();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < calls; i++) {
            long before = THREADS.getThreadAllocatedBytes(thread);
            call.run();
            least = Math.min(least, THREADS.getThreadAllocatedBytes(thread) - before);
        }
        return least;
    }

    private List<LogEvent> tick(int events) {
        List<LogEvent> tick = new ArrayList<>();
        for (int i = 0; i < events; i++) {
            int item = (int) (offset * offset % ITEMS);
            tick.add(TestLog.click(offset, (int) (offset % USERS), item, 1000 * offset));
            offset++;
        }
        return tick;
    }

    @Test
    void aTickAndACallAllocateNoMoreThanTheyAreKnownTo() {
        LearnerConfig small = LearnerConfig.small();
        InMemoryStore store = new InMemoryStore(LAYOUT);
        try (Device device = CpuDevices.scalar().open();
                Learner learner = Learner.open(small, store, device)) {
            long[] number = {0};
            for (int i = 0; i < 20; i++) {
                learner.learn(number[0]++, tick(200), Map.of(0, offset));
            }
            long steps = learner.report().steps();
            long ticks = number[0];
            long bytes = least(20, () -> learner.learn(number[0]++, tick(EVENTS), Map.of(0, offset)));
            assertThat(learner.report().steps() - steps).as("a step a tick").isEqualTo(number[0] - ticks);
            assertThat(bytes).as("a tick of one step").isLessThan(MOST_TICK);

            learner.writeOwnState();
            long step = step(small, store, device);
            assertThat(step).as("the step alone").isLessThan(MOST_STEP);

            Scorer exact = new Scorer(small.model(), device);
            Scorer screened = new Scorer(small.model(), device, ItemScan.INT8);
            exact.state().load(store);
            screened.state().load(store);
            List<Interaction> history =
                    Objects.requireNonNull(store.history(TestLog.user(3))).interactions();
            long[] items = {TestLog.item(1), TestLog.item(2), TestLog.item(3)};
            long score = least(60, () -> exact.score(history, 1000 * offset, items));
            long recommend = least(60, () -> exact.recommend(history, 1000 * offset, 10, item -> false));
            long fast = least(60, () -> screened.recommend(history, 1000 * offset, 10, item -> false));
            long similar = least(60, () -> screened.similar(TestLog.item(1), 10));
            assertThat(score).as("score").isLessThan(MOST_SCORE);
            assertThat(recommend).as("recommend, float32").isLessThan(MOST_RECOMMEND);
            assertThat(fast).as("recommend, int8").isLessThan(MOST_SCREENED);
            assertThat(similar).as("similar, int8").isLessThan(MOST_SIMILAR);
        }
    }

    /** A step as the learner takes it, from a plan on; the store's part of a tick is not in it. */
    private long step(LearnerConfig config, InMemoryStore store, Device device) {
        ItemShards items = new ItemShards(config.model(), LAYOUT, LaneRange.all(LAYOUT), device);
        LearnerCounters counters = new LearnerCounters();
        Prequential prequential = new Prequential(items.directory());
        try (StepTrainer trainer =
                new StepTrainer(config.model(), config.training(), device, Exchange.local(), items)) {
            LearnerOpening.run(store, Exchange.local(), items, trainer.dense());
            TickPlan plan = TickPlan.of(TickPlan.group(tick(EVENTS), store), items.directory(), counters);
            assertThat(plan.accepted()).hasSize(EVENTS);
            long[] number = {store.tick()};
            for (int lane = 0; lane < LAYOUT.lanes(); lane++) {
                items.shard(lane).beginTick();
            }
            long bytes = least(20, () -> {
                trainer.beginTick(++number[0], items.directory().size());
                trainer.learn(plan, counters, prequential);
            });
            assertThat(counters.steps()).as("a step a call").isEqualTo(20);
            return bytes;
        }
    }
}
