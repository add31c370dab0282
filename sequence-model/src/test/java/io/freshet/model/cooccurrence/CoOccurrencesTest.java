package io.freshet.model.cooccurrence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.kernel.SparseTerms;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.LogitBiases;
import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.Interaction;
import java.util.ArrayList;
import java.util.Comparator;
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
                history,
                history.size(),
                CoOccurrences.Columns.of(id -> (int) id),
                new CoOccurrences.LagWeights(logitBiases, 2),
                terms);
        terms.endRow();
        float[] scores = new float[ITEMS];
        terms.addTo(scores);
        for (int item = 0; item < ITEMS; item++) {
            assertThat((double) scores[item]).isCloseTo(expected.getOrDefault(item, 0.0), within(1e-4));
        }
    }

    /** Rows of a shard, which move when items leave. */
    private static final class MovingRows implements ItemPlaces {
        private final Map<Long, Integer> rows = new HashMap<>();
        private int generation;

        @Override
        public int of(long item) {
            return rows.getOrDefault(item, -1);
        }

        @Override
        public int generation() {
            return generation;
        }
    }

    @Test
    void placesThatAreKeptAreThoseThatAreAskedFor() {
        MovingRows rows = new MovingRows();
        float[] logitBiases = new float[LogitBiases.COUNT];
        for (int i = 0; i < logitBiases.length; i++) {
            logitBiases[i] = 0.1f + 0.01f * i;
        }
        CoOccurrences.LagWeights weights = new CoOccurrences.LagWeights(logitBiases, 2);
        for (int round = 0; round < 400; round++) {
            coOccurrences.count(random.nextInt(8), random.nextInt(60), 1 + random.nextInt(5));
            if (random.nextInt(5) == 0) {
                rows.rows.putIfAbsent((long) random.nextInt(60), rows.rows.size());
            }
            if (random.nextInt(40) == 0) {
                rows.rows.remove((long) random.nextInt(60));
                int[] next = new int[1];
                rows.rows.replaceAll((item, row) -> next[0]++);
                rows.generation++;
            }
            List<Interaction> history = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                history.add(new Interaction(random.nextInt(8), (byte) 1, i, 1f, i));
            }
            float[][] scores = new float[2][64];
            List<CoOccurrences.Columns> both = List.of(
                    new CoOccurrences.Columns(rows, row -> row),
                    new CoOccurrences.Columns(ItemPlaces.unkept(rows::of), row -> row));
            for (int n = 0; n < 2; n++) {
                CoOccurrenceTerms terms =
                        new CoOccurrenceTerms(CpuDevices.scalar().open());
                coOccurrences.terms(history, history.size(), both.get(n), weights, terms);
                terms.endRow();
                terms.addTo(scores[n]);
            }
            assertThat(scores[0]).isEqualTo(scores[1]);
        }
    }

    @Test
    void aRowsTermsStandByColumnThenLagThenOrder() {
        CoOccurrenceTerms terms = new CoOccurrenceTerms(CpuDevices.scalar().open());
        for (int count : new int[] {0, 1, 47, 48, 49, 200, 3_000}) {
            for (int columns : new int[] {1, 200, 70_000, Integer.MAX_VALUE}) {
                terms.clear();
                record Term(int column, int lag, float value) {}
                List<Term> expected = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    Term term = new Term(random.nextInt(columns), 1 + random.nextInt(20), 1 + i);
                    expected.add(term);
                    terms.add(term.column(), term.lag(), term.value(), 1);
                }
                terms.endRow();
                expected.sort(Comparator.comparingInt(Term::column).thenComparingInt(Term::lag));
                SparseTerms sorted = terms.upload();
                int[] found = new int[Math.max(1, count)];
                float[] values = new float[Math.max(1, count)];
                sorted.columns().download(0, found, 0, count);
                sorted.values().download(0, values, 0, count);
                for (int i = 0; i < count; i++) {
                    assertThat(found[i]).isEqualTo(expected.get(i).column());
                    assertThat(values[i]).isEqualTo(expected.get(i).value());
                }
            }
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
