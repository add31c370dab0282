package io.freshet.model.cooccurrence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.LogitBiases;
import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.Interaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The sparse memory against maps of maps that follow its definition. */
class CoOccurrencesTest {
    private static final int ITEMS = 30;

    private final SplittableRandom random = new SplittableRandom(5);
    private final CoOccurrences coOccurrences = new CoOccurrences();
    private final Map<Long, Map<Long, Double>> reference = new HashMap<>();

    private void count(long item, long neighbour, int lag) {
        coOccurrences.count(item, neighbour, lag);
        reference.computeIfAbsent(item, key -> new HashMap<>()).merge(neighbour, 1.0 / lag, Double::sum);
    }

    private void assertSame() {
        for (long item = 0; item < ITEMS; item++) {
            CoOccurrenceRow row = coOccurrences.row(item);
            Map<Long, Double> expected = reference.getOrDefault(item, Map.of());
            assertThat(row != null).as("item " + item).isEqualTo(!expected.isEmpty());
            for (int i = 0; row != null && i < row.next().length; i++) {
                assertThat((double) row.counts()[i]).isCloseTo(expected.get(row.next()[i]), within(1e-4));
            }
            assertThat(row == null ? 0 : row.next().length).isEqualTo(expected.size());
        }
    }

    @Test
    void countsSurviveRemovalsOfMostItemsAndReturns() {
        for (int round = 0; round < 2000; round++) {
            long item = random.nextInt(ITEMS);
            if (random.nextInt(12) == 0) {
                assertThat(coOccurrences.remove(item)).isEqualTo(reference.remove(item) != null);
            } else {
                count(item, random.nextInt(ITEMS), random.nextInt(1, 4));
            }
            if (round % 100 == 0) {
                for (long gone = 0; gone < ITEMS - 2; gone++) {
                    coOccurrences.remove(gone);
                    reference.remove(gone);
                }
            }
            if (round % 37 == 0) {
                assertSame();
            }
        }
        assertSame();
    }

    @Test
    void termsAreLogarithmsOfCountsWeightedByLag() {
        for (int i = 0; i < 600; i++) {
            count(random.nextInt(ITEMS), random.nextInt(ITEMS), random.nextInt(1, LogitBiases.LAGS + 1));
        }
        // What was read from a snapshot counts like what was counted.
        coOccurrences.put(new CoOccurrenceRow(3, new long[] {7, 9}, new float[] {2.5f, 100f}));
        reference.put(3L, new HashMap<>(Map.of(7L, 2.5, 9L, 100.0)));
        count(3, 9, 1);
        float[] logitBiases = new float[LogitBiases.COUNT];
        for (int i = 0; i < logitBiases.length; i++) {
            logitBiases[i] = (float) random.nextDouble();
        }
        List<Interaction> history = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            history.add(new Interaction(i % 4 == 0 ? 3 : random.nextInt(ITEMS), (byte) 1, i, 1f, i));
        }
        Map<Integer, Double> expected = new TreeMap<>();
        for (int lag = 1; lag <= LogitBiases.LAGS; lag++) {
            double weight = logitBiases[2 + lag - 1];
            reference
                    .getOrDefault(history.get(history.size() - lag).item(), Map.of())
                    .forEach((next, count) ->
                            expected.merge((int) (long) next, weight * Math.log1p(count), Double::sum));
        }
        CoOccurrenceTerms terms = new CoOccurrenceTerms(CpuDevices.scalar().open());
        coOccurrences.terms(
                history, history.size(), id -> (int) id, new CoOccurrences.LagWeights(logitBiases, 2), terms);
        terms.endRow();
        float[] scores = new float[ITEMS];
        terms.addTo(scores);
        for (int item = 0; item < ITEMS; item++) {
            assertThat((double) scores[item]).isCloseTo(expected.getOrDefault(item, 0.0), within(1e-4));
        }
    }

    @Test
    void theRarestMakesRoomAndAgedCountsAreHalved() {
        for (long neighbour = 0; neighbour < 200; neighbour++) {
            coOccurrences.count(1, neighbour, 1);
            coOccurrences.count(1, 0, 1);
        }
        CoOccurrenceRow row = coOccurrences.row(1);
        assertThat(row).isNotNull();
        assertThat(row.next()).hasSizeLessThan(100).contains(0, 199);
        for (int i = 0; i < 600; i++) {
            coOccurrences.count(1, 0, 1);
        }
        double sum = 0;
        for (float count : coOccurrences.row(1).counts()) {
            sum += count;
        }
        assertThat(sum).isLessThanOrEqualTo(512);
    }
}
