package io.freshet.model.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ActionRules;
import io.freshet.model.ActionRules.Impressions;
import io.freshet.model.ContextConfig;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.model.cooccurrence.HistoryReading;
import io.freshet.store.Interaction;
import io.freshet.store.ItemRow;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a scorer makes of items that the user hid or refused. */
class RefusedItemsTest {
    private static final byte CLICK = 1;
    private static final byte HIDE = 8;

    private final ActionRules rules = new ActionRules(3, 0, Impressions.WEAK_NEGATIVE, 0.5f);
    private final ModelConfig config = ModelConfig.small().withActions(rules);

    @Test
    void aQueryTurnsAwayFromWhatWasHiddenLatelyMost() {
        ModelConfig narrow = new ModelConfig(
                new LayerConfig(ModelConfig.Variant.STREAMING, 3, 1, 1, 3, 8),
                new ContextConfig(16, 8),
                0.4f,
                new PopularityDecay(10, 10),
                7,
                rules);
        HistoryReading reading = HistoryReading.of(narrow);
        List<Interaction> history = List.of(
                new Interaction(1, HIDE, 0, 0, 0),
                new Interaction(2, HIDE, 1, 0, 1),
                new Interaction(3, HIDE, 2, 0, 2));
        reading.read(history, 3);
        Map<Long, float[]> rows = Map.of(1L, new float[] {0, 0, 4}, 3L, new float[] {3, 4, 0});
        float[] query = {9, 9, 9, 1, 1, 1};
        new Aversion(narrow)
                .turn(
                        reading,
                        (item, to) -> {
                            float[] row = rows.get(item);
                            if (row != null) {
                                System.arraycopy(row, 0, to, 0, 3);
                            }
                            return row != null;
                        },
                        query,
                        3);
        // Half of the latest's direction, a sixth of the third's; the second is gone from the catalogue.
        assertThat(query).containsExactly(new float[] {9, 9, 9, 0.7f, 0.6f, 1 - 1f / 6}, within(1e-6f));
    }

    @Test
    void recommendationsLeaveOutWhatWasRefusedEvenLongAgo() {
        Scorer scorer = new Scorer(config, CpuDevices.scalar().open());
        List<ItemRow> rows = new ArrayList<>();
        for (int item = 0; item < 30; item++) {
            float[] embedding = new float[config.width()];
            embedding[item] = 1;
            rows.add(new ItemRow(item, "i" + item, item, 5, 1, 0, embedding));
        }
        scorer.state().putAll(rows);
        List<Interaction> history = new ArrayList<>();
        history.add(new Interaction(29, HIDE, 0, 0, 0));
        for (int i = 1; i < 150; i++) {
            history.add(new Interaction(i % 20, i == 149 ? (byte) 9 : CLICK, i, 0, i));
        }
        Set<Long> left = new LinkedHashSet<>();
        scorer.recommend(history, 200, 30, item -> false).forEach(item -> left.add(item.item()));
        assertThat(left).hasSize(28).doesNotContain(29L, 149L % 20);
        float[] scores = scorer.score(history, 200, new long[] {29, 149 % 20, 3});
        assertThat(scores[0]).isLessThan(scorer.lowestScore() - 20);
        assertThat(scores[1]).isLessThan(scorer.lowestScore() - 20);
        assertThat(scores[2]).isGreaterThanOrEqualTo(scorer.lowestScore());
    }
}
