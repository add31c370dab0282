package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.ScoringTable;
import io.freshet.kernel.SparseTerms;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Scores, ranks and best items. Rows, queries, biases and terms are small whole numbers, so every score is exact in any
 * order of its sum, many are equal, and a naive reference must agree to the last item.
 */
abstract class RankingContract extends DeviceContract {
    private static final int D = 13;
    private static final float NONE = Float.NEGATIVE_INFINITY;

    RankingContract(TestedDevice tested) {
        super(tested);
    }

    /** A catalogue with items taken out, and queries with terms, some of them on one item. */
    private final class Case {
        final int items;
        final int queries;
        final float[] rows;
        final float[] scale;
        final float[] bias;
        final float[] y;
        final int[] starts;
        final int[] columns;
        final float[] values;
        final int[] targets;

        Case(int items, int queries) {
            this.items = items;
            this.queries = queries;
            rows = wholes(items * D, 1);
            scale = new float[items];
            bias = wholes(items, 1);
            for (int v = 0; v < items; v++) {
                scale[v] = random.nextBoolean() ? 1f : 2f;
                bias[v] = random.nextInt(8) == 0 ? NONE : bias[v];
            }
            y = wholes(queries * D, 1);
            starts = new int[queries + 1];
            int[] all = IntStream.range(0, queries)
                    .flatMap(q -> {
                        int[] row = random.ints(items == 0 ? 0 : random.nextInt(5), 0, Math.max(1, items))
                                .sorted()
                                .toArray();
                        starts[q + 1] = starts[q] + row.length;
                        return Arrays.stream(row);
                    })
                    .toArray();
            columns = all;
            values = wholes(all.length, 3);
            targets = random.ints(queries, -1, items).toArray();
        }

        ScoringTable scoringTable() {
            return new ScoringTable(items, D, on(rows), on(scale), on(bias));
        }

        SparseTerms terms() {
            return new SparseTerms(on(starts), on(columns), on(values));
        }

        float score(int q, int v) {
            float score = bias[v];
            for (int i = 0; i < D; i++) {
                score += y[q * D + i] * rows[v * D + i] * scale[v];
            }
            for (int i = starts[q]; i < starts[q + 1]; i++) {
                score += columns[i] == v ? values[i] : 0f;
            }
            return score;
        }

        int before(int q, float mark, int place) {
            int count = 0;
            for (int v = 0; v < items; v++) {
                float score = score(q, v);
                count += score > NONE && (score > mark || (score == mark && v < place)) ? 1 : 0;
            }
            return count;
        }

        float targetScore(int q) {
            return targets[q] < 0 ? NONE : score(q, targets[q]);
        }

        int[] ranks() {
            return IntStream.range(0, queries)
                    .map(q -> before(q, targetScore(q), targets[q]))
                    .toArray();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 31, 32, 33, 207, 255, 256, 257, 1021})
    void aRankIsTheCountAboveTheTargetsScore(int items) {
        for (int queries : new int[] {0, 1, 3, 16, 17, 33}) {
            Case c = new Case(items, queries);
            Floats scores = overwritten(queries);
            kernels.targetScores(queries, c.scoringTable(), on(c.y), c.terms(), on(c.targets), scores);
            float[] own = host(scores);
            for (int q = 0; q < queries; q++) {
                assertThat(own[q]).as("score of target %d", c.targets[q]).isEqualTo(c.targetScore(q));
            }
            Ints counts = device.ints(queries);
            kernels.countAbove(queries, c.scoringTable(), on(c.y), c.terms(), scores, on(c.targets), counts);
            assertThat(host(counts)).isEqualTo(c.ranks());
        }
    }

    /** Scores that no item has, and places in front, between and behind all items. */
    @Test
    void countsTakeAnyScoreAndAnyPlace() {
        Case c = new Case(257, 6);
        float[] marks = {NONE, -3.5f, 0f, 0f, 0f, Float.POSITIVE_INFINITY};
        int[] places = {0, 100, 0, 128, 257, 257};
        Ints counts = device.ints(6);
        kernels.countAbove(6, c.scoringTable(), on(c.y), c.terms(), on(marks), on(places), counts);
        for (int q = 0; q < 6; q++) {
            assertThat(host(counts)[q]).as("query %d", q).isEqualTo(c.before(q, marks[q], places[q]));
        }
    }

    /** Real numbers: sums of float32 differ by their order, but never between a target and the same item in a shard. */
    @ParameterizedTest
    @ValueSource(ints = {1, 5, 33})
    void countsOfShardsAddUpToTheRank(int queries) {
        int items = 700;
        float[] rows = values(items * D);
        System.arraycopy(rows, 0, rows, 300 * D, 100 * D);
        float[] scale = values(items);
        float[] bias = values(items);
        System.arraycopy(scale, 0, scale, 300, 100);
        System.arraycopy(bias, 0, bias, 300, 100);
        float[] y = values(queries * D);
        int[] targets = random.ints(queries, 0, items).toArray();
        ScoringTable whole = new ScoringTable(items, D, on(rows), on(scale), on(bias));
        Floats scores = overwritten(queries);
        kernels.targetScores(queries, whole, on(y), noTerms(queries), on(targets), scores);
        Ints ranks = device.ints(queries);
        kernels.countAbove(queries, whole, on(y), noTerms(queries), scores, on(targets), ranks);
        int[] sum = new int[queries];
        int[] cuts = {0, 1, 257, 300, 611, items};
        for (int s = 0; s + 1 < cuts.length; s++) {
            int from = cuts[s];
            int count = cuts[s + 1] - from;
            ScoringTable shard = new ScoringTable(
                    count,
                    D,
                    on(Arrays.copyOfRange(rows, from * D, cuts[s + 1] * D)),
                    on(Arrays.copyOfRange(scale, from, cuts[s + 1])),
                    on(Arrays.copyOfRange(bias, from, cuts[s + 1])));
            int[] places = Arrays.stream(targets).map(t -> t - from).toArray();
            Ints counts = device.ints(queries);
            kernels.countAbove(queries, shard, on(y), noTerms(queries), scores, on(places), counts);
            for (int q = 0; q < queries; q++) {
                sum[q] += host(counts)[q];
            }
        }
        assertThat(sum).isEqualTo(host(ranks));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 31, 32, 33, 207, 256, 257, 1021})
    void scoresOfWholeNumbersAreExact(int items) {
        Case c = new Case(items, 1);
        ScoringTable scoringTable = c.scoringTable();
        float[] scores = new float[items];
        for (int v = 0; v < items; v++) {
            float dot = 0;
            for (int i = 0; i < D; i++) {
                dot += c.y[i] * c.rows[v * D + i];
            }
            scores[v] = dot * c.scale[v] + c.bias[v];
        }
        Floats all = overwritten(items);
        kernels.scores(scoringTable, on(c.y), all);
        assertThat(host(all)).isEqualTo(scores);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 31, 32, 33, 207, 1021})
    void scoresAreAsExactAsFloat32(int items) {
        for (int width : new int[] {1, 13, 64, 207}) {
            Accuracy accuracy = new Accuracy(items + " items of " + width);
            for (int trial = 0; trial < trials(items); trial++) {
                float[] rows = values(items * width);
                float[] scale = values(items);
                float[] bias = values(items);
                float[] y = values(width);
                double[][] expected = new double[2][items];
                for (Arithmetic a : Arithmetic.values()) {
                    for (int v = 0; v < items; v++) {
                        double dot = a.dot(width, rows, v * width, y, 0);
                        expected[a.ordinal()][v] = a.add(a.mul(dot, scale[v]), bias[v]);
                    }
                }
                Floats out = overwritten(items);
                kernels.scores(new ScoringTable(items, width, on(rows), on(scale), on(bias)), on(y), out);
                accuracy.forward("scores", host(out), expected[0], expected[1]);
            }
            accuracy.check();
        }
    }

    /** A term moves its own item and no other, and two on one item add up. */
    @Test
    void termsMoveTheirItems() {
        Case c = new Case(600, 1);
        Arrays.fill(c.bias, 0f);
        int plain = rank(c, noTerms(1), 599);
        SparseTerms onTarget = new SparseTerms(on(0, 2), on(599, 599), on(500f, 500f));
        assertThat(rank(c, onTarget, 599)).isZero();
        SparseTerms onLast = new SparseTerms(on(0, 2), on(599, 599), on(-500f, -500f));
        assertThat(rank(c, onLast, 599)).isEqualTo(599);
        SparseTerms undone = new SparseTerms(on(0, 2), on(599, 599), on(-512f, 512f));
        assertThat(rank(c, undone, 599)).isEqualTo(plain);
    }

    /** Rank of an item for a case's one query: how many stand before its own score. */
    private int rank(Case c, SparseTerms terms, int item) {
        Floats own = overwritten(1);
        kernels.targetScores(1, c.scoringTable(), on(c.y), terms, on(item), own);
        Ints rank = device.ints(1);
        kernels.countAbove(1, c.scoringTable(), on(c.y), terms, own, on(item), rank);
        return host(rank)[0];
    }
}
