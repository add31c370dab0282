package io.freshet.model.cooccurrence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ActionRules;
import io.freshet.model.ActionRules.Impressions;
import io.freshet.model.ActionRules.Meaning;
import io.freshet.model.LogitBiases;
import io.freshet.model.ModelConfig;
import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.Interaction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Readings of histories, and what items lose by them, against their definitions over plain collections. */
class HistoryReadingTest {
    private static final byte CLICK = 1;
    private static final byte HIDE = 8;
    private static final byte[] ACTIONS = {0, 0, 0, CLICK, CLICK, CLICK, 5, 7, HIDE, 9};

    private final SplittableRandom random = new SplittableRandom(8);
    private final ActionRules rules = new ActionRules(3, 0, Impressions.WEAK_NEGATIVE, 0.5f);
    private final ModelConfig config = ModelConfig.small().withActions(rules);

    private List<Interaction> history(int length, int items) {
        List<Interaction> history = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            byte action = ACTIONS[random.nextInt(ACTIONS.length)];
            history.add(new Interaction(random.nextInt(items), action, i, random.nextInt(1, 6), i));
        }
        return history;
    }

    /** Items by the last word on them, the latest first; only the last {@code reach} interactions are heard. */
    private Map<Long, Interaction> lastWords(List<Interaction> history) {
        Map<Long, Interaction> words = new LinkedHashMap<>();
        for (int at = history.size() - 1; at >= Math.max(0, history.size() - 63); at--) {
            Interaction token = history.get(at);
            if (rules.of(token) != Meaning.NEUTRAL) {
                words.putIfAbsent(token.item(), token);
            }
        }
        return words;
    }

    @Test
    void theLastWordOnAnItemCounts() {
        HistoryReading reading = HistoryReading.of(config);
        int refusals = 0;
        for (int round = 0; round < 500; round++) {
            List<Interaction> history = history(random.nextInt(120), 3 + random.nextInt(40));
            reading.read(history, history.size());
            Map<Long, Interaction> words = lastWords(history);
            List<Long> refused = words.values().stream()
                    .filter(word -> rules.of(word) == Meaning.NEGATIVE)
                    .map(Interaction::item)
                    .toList();
            assertThat(reading.refusals()).isEqualTo(refused.size());
            List<Long> hidden = words.values().stream()
                    .filter(word -> word.action() == HIDE)
                    .map(Interaction::item)
                    .limit(7)
                    .toList();
            assertThat(reading.hides()).isEqualTo(hidden.size());
            for (int i = 0; i < refused.size(); i++) {
                assertThat(reading.refused(i)).isEqualTo(refused.get(i));
            }
            for (int i = 0; i < hidden.size(); i++) {
                assertThat(reading.hidden(i)).isEqualTo(hidden.get(i));
            }
            for (long item = 0; item < 45; item++) {
                assertThat(reading.refuses(item)).isEqualTo(refused.contains(item));
            }
            List<Interaction> wishes = history.subList(Math.max(0, history.size() - 63), history.size()).stream()
                    .filter(token -> rules.of(token) == Meaning.POSITIVE && !refused.contains(token.item()))
                    .toList();
            assertThat(reading.wanted()).isEqualTo(wishes.subList(Math.max(0, wishes.size() - 7), wishes.size()));
            refusals += refused.size();
        }
        assertThat(refusals).isGreaterThan(1000);
    }

    @Test
    void passedOverIsWhatWasShownBeforeAnotherWasTakenAndNotTakenSince() {
        HistoryReading reading = HistoryReading.of(config);
        int passed = 0;
        for (int round = 0; round < 500; round++) {
            List<Interaction> history = history(random.nextInt(60), 3 + random.nextInt(20));
            reading.read(history, history.size());
            Map<Long, Integer> expected = new TreeMap<>();
            for (int at = 0; at < history.size(); at++) {
                Interaction shown = history.get(at);
                List<Interaction> later = history.subList(at + 1, history.size());
                boolean heard =
                        later.stream().anyMatch(t -> t.item() == shown.item() && rules.of(t) != Meaning.NEUTRAL);
                boolean another = later.stream().anyMatch(rules::wants);
                if (rules.of(shown) == Meaning.NEUTRAL && another && !heard) {
                    expected.merge(shown.item(), 1, Integer::sum);
                }
            }
            Map<Long, Integer> read = new TreeMap<>();
            for (int i = 0; i < reading.passes(); i++) {
                read.put(reading.passedOver(i), reading.times(i));
            }
            assertThat(read).isEqualTo(expected);
            passed += read.size();
        }
        assertThat(passed).isGreaterThan(1000);
        HistoryReading ignoring = HistoryReading.of(ModelConfig.small());
        ignoring.read(history(60, 5), 60);
        assertThat(ignoring.passes()).isZero();
    }

    @Test
    void refusedItemsLoseAllAndNeighboursOfHiddenOnesTheirShare() {
        CoOccurrences coOccurrences = new CoOccurrences();
        coOccurrences.put(new CoOccurrenceRow(1, new long[] {4, 5, 6}, new float[] {8f, 2f, 0.5f}));
        coOccurrences.put(new CoOccurrenceRow(2, new long[] {4, 6}, new float[] {1f, 1f}));
        List<Interaction> history = List.of(
                new Interaction(1, CLICK, 0, 0, 0),
                new Interaction(1, HIDE, 1, 0, 1),
                new Interaction(2, (byte) 9, 2, 0, 2),
                new Interaction(3, (byte) 0, 3, 0, 3));
        HistoryReading reading = HistoryReading.of(config);
        reading.read(history, history.size());
        CoOccurrenceTerms terms = new CoOccurrenceTerms(CpuDevices.scalar().open());
        float[] logitBiases = new float[LogitBiases.COUNT];
        Arrays.fill(logitBiases, 1f);
        coOccurrences.terms(
                reading, CoOccurrences.Columns.of(id -> (int) id), new CoOccurrences.LagWeights(logitBiases, 2), terms);
        terms.endRow();
        float[] scores = new float[8];
        terms.addTo(scores);
        // Neither the click on what was hidden then nor the refunded purchase gives anything to anybody.
        float[] expected = {0, -32f, -32f, 0, -0.5f, -0.125f, -0.03125f, 0};
        assertThat(scores).containsExactly(expected, within(1e-6f));
    }
}
