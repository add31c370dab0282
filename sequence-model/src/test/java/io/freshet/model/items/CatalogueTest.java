package io.freshet.model.items;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.ScoringTable;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.CounterRandom;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.store.ItemRow;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The catalogue is a function of the rows it holds: neither the way they came nor what has left shows. */
class CatalogueTest {
    private static final int WIDTH = 8;
    private static final ModelConfig CONFIG = new ModelConfig(
            new LayerConfig(ModelConfig.Variant.STREAMING, WIDTH, 1, 1, 8, 4),
            new ContextConfig(8, 4),
            0.2f,
            new PopularityDecay(100, 10),
            7,
            ActionRules.DEFAULT);
    private static final float[] LOGIT_BIASES = {0.4f, 0.2f};

    private static ItemRow row(int i, long ordinal) {
        float[] embedding = new float[WIDTH];
        CounterRandom.fill(CounterRandom.mix(5, i), embedding, 0, WIDTH, 1f);
        return new ItemRow(CounterRandom.mix(2, i), "item " + i, ordinal, 1 + i % 7, 1 + i % 3, i % 11, embedding);
    }

    private static List<ItemRow> rows(int count) {
        List<ItemRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            // An ordinal beyond an int's range sorts behind the others only as a long.
            rows.add(row(i, i < count / 2 ? i : i + (1L << 32) - 7));
        }
        return rows;
    }

    private static float[] scores(Device device, Catalogue catalogue, long tick) {
        float[] y = new float[WIDTH];
        CounterRandom.fill(99, y, 0, WIDTH, 1f);
        Floats query = device.floats(WIDTH);
        query.upload(y, 0, 0, WIDTH);
        Floats to = device.floats(Math.max(1, catalogue.size()));
        ScoringTable scoringTable = catalogue.scoringTable(tick, LOGIT_BIASES);
        device.openKernels().scores(scoringTable, query, to);
        float[] host = new float[catalogue.size()];
        to.download(0, host, 0, host.length);
        return host;
    }

    private static void same(Device device, Catalogue catalogue, List<ItemRow> expected) {
        assertThat(catalogue.size()).isEqualTo(expected.size());
        Catalogue fresh = new Catalogue(CONFIG, device, ItemScan.FLOAT32);
        expected.forEach(fresh::put);
        float[] embedding = new float[WIDTH];
        for (int at = 0; at < expected.size(); at++) {
            ItemRow row = expected.get(at);
            assertThat(catalogue.indexOf(row.item())).isEqualTo(at);
            assertThat(catalogue.item(at)).isEqualTo(row.item());
            assertThat(catalogue.name(at)).isEqualTo(row.name());
            catalogue.rows().download(at * WIDTH, embedding, 0, WIDTH);
            assertThat(embedding).isEqualTo(row.embedding());
        }
        assertThat(scores(device, catalogue, 30)).isEqualTo(scores(device, fresh, 30));
    }

    @ParameterizedTest
    @EnumSource(ItemScan.class)
    void removedItemsLeaveNoTrace(ItemScan scan) {
        SplittableRandom random = new SplittableRandom(31);
        try (Device device = CpuDevices.best()) {
            Catalogue catalogue = new Catalogue(CONFIG, device, scan);
            List<ItemRow> left = rows(1500);
            left.forEach(catalogue::put);
            for (int share : new int[] {2, 3, 10}) {
                scores(device, catalogue, 30);
                Set<Long> gone = new HashSet<>();
                left.removeIf(row -> random.nextInt(share) == 0 && gone.add(row.item()));
                catalogue.removeAll(gone);
                same(device, catalogue, left);
                gone.forEach(item -> assertThat(catalogue.indexOf(item)).isNegative());
            }
            catalogue.removeAll(Set.of());
            same(device, catalogue, left);
            catalogue.removeAll(new HashSet<>(left.stream().map(ItemRow::item).toList()));
            assertThat(catalogue.size()).isZero();
            ItemRow again = row(1, 1L << 40);
            catalogue.put(again);
            same(device, catalogue, List.of(again));
        }
    }

    @Test
    void rowsInAnyOrderAreLoadedInTheOrderOfAdmission() {
        try (Device device = CpuDevices.best()) {
            List<ItemRow> rows = rows(700);
            List<ItemRow> shuffled = new ArrayList<>(rows);
            Collections.shuffle(shuffled, new Random(8));
            Catalogue catalogue = new Catalogue(CONFIG, device, ItemScan.FLOAT32);
            catalogue.load(rows.subList(0, 50));
            catalogue.load(shuffled);
            same(device, catalogue, rows);
        }
    }

    /** A ranking is kept from call to call; every change that it depends on has to end it. */
    @Test
    void aChangedRowTickOrPriorChangesTheRanking() {
        try (Device device = CpuDevices.best()) {
            Catalogue catalogue = new Catalogue(CONFIG, device, ItemScan.FLOAT32);
            rows(40).forEach(catalogue::put);
            float[] before = scores(device, catalogue, 30);
            assertThat(scores(device, catalogue, 30)).isEqualTo(before);
            assertThat(scores(device, catalogue, 31)).isNotEqualTo(before);
            ItemRow old = row(3, 3);
            float[] turned = old.embedding().clone();
            for (int i = 0; i < WIDTH; i++) {
                turned[i] = -turned[i];
            }
            catalogue.put(new ItemRow(
                    old.item(),
                    old.name(),
                    old.ordinal(),
                    old.frequency(),
                    old.recentFrequency(),
                    old.lastTick(),
                    turned));
            float[] after = scores(device, catalogue, 30);
            for (int at = 0; at < after.length; at++) {
                assertThat(after[at] != before[at]).as("item %d", at).isEqualTo(at == 3);
            }
        }
    }
}
