package io.freshet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.items.ItemDirectory;
import io.freshet.store.Interaction;
import io.freshet.store.ItemRow;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.exchange.SealedBytes;
import io.freshet.train.prequential.BaselineChunks;
import io.freshet.train.prequential.Prequential;
import io.freshet.train.tick.LearnerCounters;
import io.freshet.train.tick.LogEvent;
import io.freshet.train.tick.ReplayReservoir;
import io.freshet.train.tick.StepGuard;
import io.freshet.train.tick.TrainingSequence;
import io.freshet.train.tick.UserTick;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** The learner's own state: bytes that do not change unnoticed, and of which a checkpoint writes what changed. */
class LearnerStateTest {
    private static final LearnerConfig CONFIG = new TestLog.Settings().build();

    private static ItemDirectory directory(int items) {
        ItemDirectory directory = new ItemDirectory(CONFIG.model());
        for (int i = 0; i < items; i++) {
            directory.put(new ItemRow(TestLog.item(i), "i" + i, i, 1f, 1f, 0, new float[0]));
        }
        return directory;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void sealedBytesAreVersionContentAndChecksum() {
        byte[] content = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        byte[] sealed = SealedBytes.seal(2, content);
        CRC32C crc = new CRC32C();
        crc.update(sealed, 0, 13);
        assertThat(hex(sealed)).isEqualTo("00000002010203040506070809" + String.format("%08x", crc.getValue()));
        assertThat(SealedBytes.open("things", 2, sealed)).isEqualTo(content);
        assertThat(SealedBytes.open("nothing", 7, SealedBytes.seal(7, new byte[0])))
                .isEmpty();
    }

    @Test
    void anyFlippedBitAndAnyCutIsFound() {
        byte[] sealed = SealedBytes.seal(2, new byte[] {10, 20, 30, 40, 50});
        for (int bit = 0; bit < 8 * sealed.length; bit++) {
            byte[] damaged = sealed.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> SealedBytes.open("things", 2, damaged))
                    .as("bit %d", bit)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("things");
        }
        for (int length = 0; length < sealed.length; length++) {
            byte[] cut = Arrays.copyOf(sealed, length);
            assertThatThrownBy(() -> SealedBytes.open("things", 2, cut)).isInstanceOf(IllegalStateException.class);
        }
    }

    /** Bytes of a known history of calls; they change with the format's number alone. */
    @Test
    void countersHaveTheirGoldenBytes() {
        LearnerCounters counters = new LearnerCounters();
        Prequential prequential = new Prequential(directory(0));
        for (int i = 0; i < 5; i++) {
            counters.event();
        }
        counters.duplicates(2, 1);
        counters.userCollisions(3);
        counters.itemCollisions(4);
        counters.evicted(6);
        for (int i = 0; i < 7; i++) {
            counters.step(10);
        }
        counters.skippedStep(StepGuard.ROW_GRADIENT);
        counters.nextOrdinal();
        counters.nextOrdinal();
        assertThat(counters.publishes(7)).isTrue();
        counters.step(1);
        prequential.model(0);
        Map<String, byte[]> attributes = new TreeMap<>();
        counters.save(attributes, prequential);
        byte[] saved = Objects.requireNonNull(attributes.get("learner"));
        StringBuilder expected = new StringBuilder("00000002");
        for (long value : new long[] {5, 2, 1, 3, 4, 6, 8, 0, 0, 1, 71, 2, 1, 7}) {
            expected.append(String.format("%016x", value));
        }
        // The model's sums, then where its blocks began, then the same of the two baselines.
        expected.append("0000000000000001".repeat(4))
                .append("3ff0000000000000".repeat(2))
                .append("0".repeat(2 * 2 * 48));
        expected.append("0".repeat(2 * 2 * 3 * 48));
        String body = hex(saved).substring(0, 2 * (saved.length - 4));
        assertThat(body).isEqualTo(expected.toString());
        LearnerCounters restored = new LearnerCounters();
        Prequential quality = new Prequential(directory(0));
        restored.restore(saved, quality);
        assertThat(TickReport.of(1, 0, 0, 0, restored, quality))
                .isEqualTo(TickReport.of(1, 0, 0, 0, counters, prequential));
        assertThat(restored.nextOrdinal()).isEqualTo(2);
        assertThat(restored.publishes(2))
                .as("one step since the last publication")
                .isFalse();
    }

    @Test
    void chunksHaveTheirGoldenBytes() {
        Prequential prequential = new Prequential(directory(2));
        prequential.baselines(true, false, 0, TestLog.item(0));
        prequential.baselines(true, true, TestLog.item(0), TestLog.item(1));
        prequential.baselines(true, true, TestLog.item(1), TestLog.item(1));
        Map<String, byte[]> attributes = new TreeMap<>();
        prequential.chunks().save(attributes);
        assertThat(attributes).hasSize(3).containsKey("learner.baselines");
        for (int i = 0; i < 2; i++) {
            int chunk = (int) (TestLog.item(i) * 0x9E3779B97F4A7C15L >>> 48);
            byte[] saved = Objects.requireNonNull(attributes.get("learner.baselines." + chunk));
            String expected = "00000001" + "00000001"
                    + String.format("%016x%016x%08x", TestLog.item(i), i + 1, 1)
                    + String.format("%016x%08x", TestLog.item(1), 1);
            assertThat(hex(saved)).startsWith(expected).hasSize(expected.length() + 8);
        }
        byte[] index = Objects.requireNonNull(attributes.get("learner.baselines"));
        assertThat(index).hasSize(4 + 8 + 8192 + 4);
        assertThat(BaselineChunks.chunks(index)).hasSize(2).allMatch(attributes::containsKey);
    }

    /** A state that an earlier release wrote: format 1 of the counters, without a checksum. */
    @Test
    void aStateOfAnEarlierFormatIsRefusedByName() {
        InMemoryStore store = learned(20);
        store.writeOwnState(
                Map.of(), Map.of("learner", ByteBuffer.allocate(400).putInt(1).array()));
        assertThatThrownBy(() -> Learner.open(CONFIG, store, CpuDevices.best()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("counters have format 1, this release reads 2")
                .hasMessageContaining("learn the log again");
    }

    @Test
    void aDamagedChunkAndAMissingOneAreRefusedByName() {
        InMemoryStore damaged = learned(20);
        String name = BaselineChunks.chunks(Objects.requireNonNull(damaged.attribute("learner.baselines")))
                .get(0);
        byte[] chunk = Objects.requireNonNull(damaged.attribute(name)).clone();
        chunk[9] ^= 1;
        damaged.writeOwnState(Map.of(), Map.of(name, chunk));
        assertThatThrownBy(() -> Learner.open(CONFIG, damaged, CpuDevices.best()))
                .hasMessageContaining("the baselines' counts")
                .hasMessageContaining("checksum");
        InMemoryStore other = learned(20);
        Map<String, byte[]> attributes = new TreeMap<>();
        Prequential more = new Prequential(directory(300));
        for (int i = 0; i < 300; i++) {
            more.baselines(false, false, 0, TestLog.item(i));
        }
        more.chunks().save(attributes);
        other.writeOwnState(
                Map.of(), Map.of("learner.baselines", Objects.requireNonNull(attributes.get("learner.baselines"))));
        assertThatThrownBy(() -> Learner.open(CONFIG, other, CpuDevices.best()))
                .hasMessageContaining("which learner.baselines lists");
    }

    private static InMemoryStore learned(int ticks) {
        InMemoryStore store = new InMemoryStore(TestLog.LAYOUT);
        try (Learner learner = Learner.open(CONFIG, store, CpuDevices.best())) {
            for (int tick = 0; tick < ticks; tick++) {
                learner.learn(tick, List.of(TestLog.click(tick, tick % 5, tick % 30, tick)), Map.of(0, (long) tick));
            }
            learner.writeOwnState();
        }
        return store;
    }

    /** Bytes of a checkpoint follow from what happened since the last one, and not from the length of the log. */
    @Test
    void aCheckpointWritesTheChunksThatChanged() {
        int items = 2000;
        Prequential prequential = new Prequential(directory(items));
        SplittableRandom random = new SplittableRandom(1);
        long last = TestLog.item(0);
        for (int i = 0; i < 60_000; i++) {
            long next = TestLog.item(i < items ? i : random.nextInt(items));
            prequential.baselines(true, i > 0, last, next);
            last = next;
        }
        Map<String, byte[]> all = new TreeMap<>();
        prequential.chunks().save(all);
        assertThat(all.size()).isGreaterThan(items * 9 / 10);
        prequential.baselines(true, true, TestLog.item(4), TestLog.item(5));
        Map<String, byte[]> change = new TreeMap<>();
        prequential.chunks().save(change);
        assertThat(change).as("two items and the index").hasSize(3);
        Map<String, byte[]> nothing = new TreeMap<>();
        prequential.chunks().save(nothing);
        assertThat(nothing).containsOnlyKeys("learner.baselines");
        for (byte[] value : all.values()) {
            assertThat(value.length).isLessThan(10_000);
        }
    }

    /** Baselines that are saved and restored time and again, through evictions, rank as those that never were. */
    @Test
    void baselinesFromChunksRankLikeTheOnesTheyAreFrom() {
        SplittableRandom random = new SplittableRandom(17);
        ItemDirectory items = directory(0);
        Prequential straight = new Prequential(items);
        Prequential restarted = new Prequential(items);
        Map<String, byte[]> store = new TreeMap<>();
        int next = 0;
        for (int round = 0; round < 12; round++) {
            for (int i = 0; i < 150; i++) {
                int item = next++;
                items.put(new ItemRow(TestLog.item(item), "i" + item, item, 1f, 1f, 0, new float[0]));
                both(straight, restarted, p -> p.baselines(true, false, 0, TestLog.item(item)));
            }
            for (int i = 0; i < 2000; i++) {
                long before = items.item(random.nextInt(items.size()));
                long now = items.item((int) (random.nextDouble() * random.nextDouble() * items.size()));
                both(straight, restarted, p -> p.baselines(true, true, before, now));
            }
            int[] gone = random.ints(60, 0, items.size()).distinct().sorted().toArray();
            both(straight, restarted, p -> p.evict(gone));
            Set<Long> ids = new HashSet<>();
            for (int at : gone) {
                ids.add(items.item(at));
            }
            items.removeAll(ids);
            restarted.chunks().save(store);
            Map<String, byte[]> counters = new TreeMap<>();
            new LearnerCounters().save(counters, restarted);
            restarted = new Prequential(items);
            new LearnerCounters().restore(Objects.requireNonNull(counters.get("learner")), restarted);
            byte[] index = Objects.requireNonNull(store.get("learner.baselines"));
            restarted
                    .chunks()
                    .restore(
                            index,
                            to -> BaselineChunks.chunks(index)
                                    .forEach(name -> to.accept(Objects.requireNonNull(store.get(name)))));
            assertThat(restarted.report()).as("round %d", round).isEqualTo(straight.report());
            assertThat(restarted.successorEvictions()).isEqualTo(straight.successorEvictions());
        }
        assertThat(straight.report().markov().hits10()).isPositive();
    }

    private static void both(Prequential a, Prequential b, Consumer<Prequential> call) {
        call.accept(a);
        call.accept(b);
    }

    /** The counts of items that come and go for ever take no more room than those that are there. */
    @Test
    void baselinesAreBoundedByTheCapacity() {
        TestLog.Settings settings = new TestLog.Settings();
        settings.capacity = 100;
        settings.fullSoftmaxItems = 10;
        InMemoryStore store = new InMemoryStore(TestLog.LAYOUT);
        long offset = 0;
        TickReport report;
        try (Learner learner = Learner.open(settings.build(), store, CpuDevices.best())) {
            for (int tick = 0; tick < 60; tick++) {
                List<LogEvent> events = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    events.add(TestLog.click(offset, (int) (offset % 9), (int) offset, offset));
                    offset++;
                }
                report = learner.learn(tick, events, Map.of(0, offset)).report();
                assertThat(report.items()).isLessThanOrEqualTo(100);
                assertThat(report.counts().evictions()).isEqualTo(offset - report.items());
                learner.writeOwnState();
            }
        }
        byte[] index = Objects.requireNonNull(store.attribute("learner.baselines"));
        List<String> chunks = BaselineChunks.chunks(index);
        assertThat(chunks.size()).isLessThanOrEqualTo(100);
        long bytes = 0;
        for (String chunk : chunks) {
            bytes += Objects.requireNonNull(store.attribute(chunk)).length;
        }
        assertThat(bytes).isLessThan(100 * (64 * 12 + 40));
        try (Learner again = Learner.open(settings.build(), store, CpuDevices.best())) {
            assertThat(again.report().counts().evictions())
                    .isEqualTo(1200 - again.report().items());
        }
    }

    @Test
    void replayedSequencesOfAnEarlierFormatAreRefusedByName() {
        ReplayReservoir replay = new ReplayReservoir(1f, 3);
        UserTick user = new UserTick(5, "u5", 2, List.of(new Interaction(1, (byte) 1, 10, 0, 7)));
        user.accept(TestLog.click(1, 5, 2, 20));
        List<List<List<TrainingSequence>>> batches = new ArrayList<>();
        for (int lane = 0; lane < 4; lane++) {
            batches.add(new ArrayList<>());
        }
        batches.get(2).add(new ArrayList<>(user.sequences(8, 4)));
        replay.extend(batches, 48, item -> true);
        Map<String, byte[]> attributes = new TreeMap<>();
        replay.save(attributes);
        byte[] saved = Objects.requireNonNull(attributes.get("learner.replay"));
        ReplayReservoir restored = new ReplayReservoir(1f, 3);
        restored.restore(saved);
        Map<String, byte[]> again = new TreeMap<>();
        restored.save(again);
        assertThat(again.get("learner.replay")).isEqualTo(saved);
        byte[] old = saved.clone();
        old[3] = 1;
        assertThatThrownBy(() -> new ReplayReservoir(1f, 3).restore(old))
                .hasMessageContaining("the replayed sequences have format 1, this release reads 2");
    }
}
