package io.freshet.model.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.Device;
import io.freshet.kernel.KernelProvider;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.model.items.ItemScan;
import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.Interaction;
import io.freshet.store.ItemRow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A scorer that screens by int8 follows changes and recommends as one that scores everything. */
class ScorerScanTest {
    private static final ModelConfig MODEL = new ModelConfig(
            new LayerConfig(ModelConfig.Variant.STREAMING, 24, 2, 2, 12, 16),
            new ContextConfig(32, 16),
            0.4f,
            new PopularityDecay(100, 10),
            7,
            ActionRules.DEFAULT);

    private final SplittableRandom random = new SplittableRandom(3);
    private final TreeMap<Long, ItemRow> rows = new TreeMap<>();
    private final TreeMap<Long, CoOccurrenceRow> coOccurrences = new TreeMap<>();
    private long ordinals;
    private long tick;

    private ItemRow row(long item) {
        float[] embedding = new float[MODEL.width()];
        for (int i = 0; i < embedding.length; i++) {
            embedding[i] = (float) (random.nextDouble() + random.nextDouble() - 1);
        }
        ItemRow old = rows.get(item);
        long ordinal = old == null ? ordinals++ : old.ordinal();
        float seen = 1 + random.nextInt(50);
        ItemRow row = new ItemRow(item, "n" + item, ordinal, seen, seen / 3, tick, embedding);
        rows.put(item, row);
        return row;
    }

    private CoOccurrenceRow coOccurrence(long item) {
        long[] next = new long[8];
        float[] counts = new float[8];
        for (int i = 0; i < 8; i++) {
            next[i] = random.nextInt(1200);
            counts[i] = 1 + random.nextInt(9);
        }
        CoOccurrenceRow row = new CoOccurrenceRow(item, next, counts);
        coOccurrences.put(item, row);
        return row;
    }

    private List<Interaction> history() {
        List<Interaction> history = new ArrayList<>();
        for (int i = 0; i < random.nextInt(30); i++) {
            history.add(new Interaction(random.nextInt(1200), (byte) 1, i * 60_000L, 0f, i));
        }
        return history;
    }

    @Test
    void changesRowByRowAndRemovals() {
        for (KernelProvider provider : List.of(CpuDevices.scalar(), CpuDevices.vector())) {
            try (Device device = provider.open()) {
                rows.clear();
                coOccurrences.clear();
                ordinals = 0;
                follow(device);
            }
        }
    }

    private void follow(Device device) {
        Scorer all = new Scorer(MODEL, device, ItemScan.FLOAT32);
        Scorer screened = new Scorer(MODEL, device, ItemScan.INT8);
        for (tick = 0; tick < 12; tick++) {
            List<ItemRow> changed = new ArrayList<>();
            for (int n = 0; n < 200; n++) {
                changed.add(row(random.nextInt(1200)));
            }
            Set<Long> gone = new HashSet<>();
            for (int n = 0; tick % 3 == 2 && n < 40; n++) {
                gone.add((long) random.nextInt(1200));
            }
            rows.keySet().removeAll(gone);
            List<CoOccurrenceRow> counted = new ArrayList<>();
            for (int n = 0; n < 50; n++) {
                counted.add(coOccurrence(random.nextInt(1200)));
            }
            coOccurrences.keySet().removeAll(gone);
            Scorer rebuilt = new Scorer(MODEL, device, ItemScan.INT8);
            for (Scorer scorer : List.of(all, screened)) {
                scorer.state().putAll(changed);
                counted.forEach(row -> scorer.state().put(0, row));
                scorer.state().removeAll(gone);
            }
            rebuilt.state().putAll(List.copyOf(rows.values()));
            coOccurrences.values().forEach(row -> rebuilt.state().put(0, row));
            List.of(all, screened, rebuilt).forEach(scorer -> scorer.state().tick(tick));
            for (int n = 0; n < 20; n++) {
                List<Interaction> history = history();
                int k = n == 0 ? 2000 : 1 + random.nextInt(40);
                long odd = random.nextInt(7);
                List<ScoredItem> expected = all.recommend(history, 9_000_000, k, item -> item % 7 == odd);
                assertThat(screened.recommend(history, 9_000_000, k, item -> item % 7 == odd))
                        .isEqualTo(expected);
                assertThat(rebuilt.recommend(history, 9_000_000, k, item -> item % 7 == odd))
                        .isEqualTo(expected);
                assertThat(rebuilt.scored()).isEqualTo(screened.scored());
                long item = random.nextInt(1200);
                assertThat(screened.similar(item, k)).isEqualTo(all.similar(item, k));
                // A scan that adds nothing for popularity must not leave its biases to the next.
                assertThat(screened.recommend(history, 9_000_000, k, other -> other % 7 == odd))
                        .isEqualTo(expected);
                long[] ids = {random.nextInt(1200), random.nextInt(1200)};
                assertThat(screened.score(history, 0, ids)).isEqualTo(all.score(history, 0, ids));
                scoresAreThoseOfAScan(all, history);
            }
        }
    }

    /** A few candidates, unknown ones among them, score as in a scan of everything, to the bit. */
    private void scoresAreThoseOfAScan(Scorer scorer, List<Interaction> history) {
        Map<Long, Float> scan = new HashMap<>();
        scorer.recommend(history, 5_000, 2_000, item -> false).forEach(item -> scan.put(item.item(), item.score()));
        long[] candidates = random.longs(1 + random.nextInt(300), 0, 1200).toArray();
        float[] scores = scorer.score(history, 5_000, candidates);
        float lowest = Float.POSITIVE_INFINITY;
        for (int i = 0; i < candidates.length; i++) {
            Float expected = scan.get(candidates[i]);
            assertThat(Float.floatToIntBits(scores[i]))
                    .isEqualTo(Float.floatToIntBits(expected == null ? Float.NaN : expected));
            lowest = expected == null ? lowest : Math.min(lowest, expected);
        }
        assertThat(scorer.lowestScore()).isEqualTo(lowest == Float.POSITIVE_INFINITY ? 0 : lowest);
    }
}
