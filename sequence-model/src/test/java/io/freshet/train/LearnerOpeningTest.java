package io.freshet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.items.ItemDirectory;
import io.freshet.store.ItemRow;
import io.freshet.store.LaneRange;
import io.freshet.store.RowChange;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.items.ItemShard;
import io.freshet.train.items.ItemShards;
import io.freshet.train.prequential.BaselineChunks;
import io.freshet.train.step.DenseWeights;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What learners that open together know afterwards, and what they refuse. */
class LearnerOpeningTest {
    private static final LearnerConfig CONFIG = new TestLog.Settings().build();

    private static InMemoryStore learned(int ticks) {
        InMemoryStore store = new InMemoryStore(TestLog.LAYOUT);
        SplittableRandom random = new SplittableRandom(6);
        long offset = 0;
        try (Learner learner = Learner.open(CONFIG, store, CpuDevices.best())) {
            for (int tick = 0; tick < ticks; tick++) {
                List<LogEvent> events = new ArrayList<>();
                for (int i = 0; i < 12; i++) {
                    events.add(TestLog.click(offset, random.nextInt(15), random.nextInt(90), 1000 * offset));
                    offset++;
                }
                learner.learn(tick, events, Map.of(0, offset));
            }
            learner.writeOwnState();
        }
        return store;
    }

    private static <T> List<T> together(int size, Function<Exchange, T> body) throws Exception {
        ExchangeGroup group = new ExchangeGroup(size);
        List<CompletableFuture<T>> results = new ArrayList<>();
        for (int member = 0; member < size; member++) {
            Exchange exchange = group.member(member);
            CompletableFuture<T> result = new CompletableFuture<>();
            results.add(result);
            new Thread(() -> result.completeAsync(() -> body.apply(exchange), Runnable::run)).start();
        }
        List<T> all = new ArrayList<>();
        for (CompletableFuture<T> result : results) {
            all.add(result.get(60, TimeUnit.SECONDS));
        }
        return all;
    }

    private static InMemoryStore part(InMemoryStore whole, Exchange exchange) {
        return InMemoryStore.of(exchange.owned(TestLog.LAYOUT.lanes()), List.of(whole));
    }

    /** Everybody has all items in the order of their admission, and the embeddings of its own. */
    @Test
    void everybodyKnowsAllItemsAndAllWeights() throws Exception {
        InMemoryStore whole = learned(25);
        List<ItemRow> expected = new ArrayList<>();
        whole.forEachRow((RowChange change) -> expected.add(change.row()));
        expected.sort(Comparator.comparingLong(ItemRow::ordinal));
        assertThat(expected).hasSizeGreaterThan(60);
        for (int size : new int[] {1, 2, 3, 4}) {
            together(size, exchange -> {
                InMemoryStore store = part(whole, exchange);
                LaneRange owned = store.held();
                try (Device device = CpuDevices.best()) {
                    ItemShards shards = new ItemShards(CONFIG.model(), TestLog.LAYOUT, owned, device);
                    DenseWeights dense = new DenseWeights(
                            CONFIG.model(), CONFIG.training().softmax().biases(), 4, device);
                    Map<String, byte[]> saved = LearnerOpening.run(store, exchange, shards, dense);
                    assertThat(saved).containsOnlyKeys("learner", "learner.baselines");
                    assertThat(saved.get("learner")).isEqualTo(whole.attribute("learner"));
                    ItemDirectory directory = shards.directory();
                    assertThat(directory.size()).isEqualTo(expected.size());
                    for (int at = 0; at < expected.size(); at++) {
                        ItemRow row = expected.get(at);
                        assertThat(directory.row(at, row.embedding())).isEqualTo(row);
                        assertThat(shards.laneOf(at)).isEqualTo(TestLog.LAYOUT.laneOf(row.item()));
                        if (owned.contains(shards.laneOf(at))) {
                            ItemShard shard = shards.shard(shards.laneOf(at));
                            int place = shard.shardRowOf(row.item());
                            float[] embedding = new float[row.embedding().length];
                            shard.rows().download(place * embedding.length, embedding, 0, embedding.length);
                            assertThat(embedding).isEqualTo(row.embedding());
                            RowChange kept = Objects.requireNonNull(whole.row(row.item()));
                            assertThat(shard.lastStep(place))
                                    .isEqualTo(kept.optimizerState().lastStep());
                            assertThat(shard.secondMoment(place))
                                    .isEqualTo(kept.optimizerState().secondMoment());
                        }
                    }
                    assertThat(dense.values()).isEqualTo(weights(whole));
                }
                return true;
            });
        }
    }

    private static float[] weights(InMemoryStore store) {
        try (Device device = CpuDevices.best()) {
            DenseWeights dense =
                    new DenseWeights(CONFIG.model(), CONFIG.training().softmax().biases(), 4, device);
            float[] all = new float[dense.values().length];
            int at = 0;
            for (int lane = 0; lane < 4; lane++) {
                float[] slice = Objects.requireNonNull(store.dense(lane, "learner.weights"));
                System.arraycopy(slice, 0, all, at, slice.length);
                at += slice.length;
            }
            assertThat(at).isEqualTo(all.length);
            assertThat(all).as("learned").isNotEqualTo(dense.values());
            return all;
        }
    }

    /** Baselines cross in rounds of a bounded size, all chunks once and in order, whatever the size. */
    @Test
    void chunksCrossInBoundedRounds() throws Exception {
        InMemoryStore whole = learned(40);
        byte[] index = Objects.requireNonNull(whole.attribute("learner.baselines"));
        List<byte[]> expected = BaselineChunks.chunks(index).stream()
                .map(name -> Objects.requireNonNull(whole.attribute(name)))
                .toList();
        int largest = expected.stream().mapToInt(chunk -> chunk.length).max().orElseThrow();
        for (int bytes : new int[] {1, 700, 5000, 1 << 20}) {
            List<List<byte[]>> all = together(3, exchange -> {
                Exchange watched = watched(exchange, bytes + largest);
                List<byte[]> chunks = new ArrayList<>();
                LearnerOpening.chunks(part(whole, exchange), watched, index, bytes, chunks::add);
                return chunks;
            });
            for (List<byte[]> chunks : all) {
                assertThat(chunks.toArray(byte[][]::new)).isDeepEqualTo(expected.toArray(byte[][]::new));
            }
        }
    }

    /** An exchange that takes no message beyond a size; 8 bytes a chunk for its length are apart. */
    private static Exchange watched(Exchange exchange, int most) {
        return new Exchange() {
            @Override
            public int learners() {
                return exchange.learners();
            }

            @Override
            public int self() {
                return exchange.self();
            }

            @Override
            public byte[][] allGather(byte[] mine) {
                assertThat(mine.length).isLessThan(most + most / 8 + 64);
                return exchange.allGather(mine);
            }

            @Override
            public byte[][] allToAll(byte[][] parts) {
                return exchange.allToAll(parts);
            }
        };
    }

    @Test
    void severalLearnersReportWhatOneWouldAfterOpening() throws Exception {
        InMemoryStore whole = learned(30);
        TickReport expected;
        try (Learner learner = Learner.open(CONFIG, whole.copy(), CpuDevices.best())) {
            expected = learner.report();
        }
        assertThat(expected.quality().ranked()).isEqualTo(360);
        List<TickReport> reports = together(4, exchange -> {
            try (Learner learner = Learner.open(CONFIG, part(whole, exchange), CpuDevices.best(), exchange)) {
                return learner.report();
            }
        });
        assertThat(reports).allMatch(expected::equals);
    }

    @Test
    void learnersAtDifferentTicksRefuseEachOther() {
        InMemoryStore early = learned(10);
        InMemoryStore late = learned(11);
        assertThatThrownBy(() -> together(2, exchange -> {
                    InMemoryStore store = part(exchange.self() == 0 ? early : late, exchange);
                    return Learner.open(CONFIG, store, CpuDevices.best(), exchange);
                }))
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseMessage(
                        "learner 1 opens at tick 10, this one at tick 9: their snapshots are not the same");
    }

    /** A follower's store has rows and published weights, but nothing that a learner could go on with. */
    @Test
    void aFollowersStoreIsRefused() {
        InMemoryStore follower = new InMemoryStore(TestLog.LAYOUT);
        InMemoryStore leader = new InMemoryStore(TestLog.LAYOUT);
        try (Learner learner = Learner.open(CONFIG, leader, CpuDevices.best())) {
            follower.apply(learner.learn(0, List.of(TestLog.click(0, 1, 1, 0)), Map.of(0, 0L))
                    .changes());
        }
        assertThatThrownBy(() -> Learner.open(CONFIG, follower, CpuDevices.best()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("learner.weights of lane 0")
                .hasMessageContaining("a follower's");
    }

    @Test
    void anotherModelsWeightsAreRefused() {
        InMemoryStore store = learned(5);
        TestLog.Settings wider = new TestLog.Settings();
        wider.window = 64;
        assertThatThrownBy(() -> Learner.open(wider.build(), store, CpuDevices.best()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("another configuration");
    }
}
