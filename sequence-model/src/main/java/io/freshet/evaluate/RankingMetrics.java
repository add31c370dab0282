package io.freshet.evaluate;

/**
 * Metrics of full rankings with one relevant item each, from its rank (0 is best).
 *
 * @param targets rankings
 * @param hitRatio1 share with rank 0
 * @param hitRatio10 share among the first 10
 * @param hitRatio20 share among the first 20
 * @param hitRatio50 share among the first 50
 * @param hitRatio200 share among the first 200
 * @param ndcg10 mean of {@code 1 / log2(rank + 2)} among the first 10, else 0
 * @param ndcg50 the same among the first 50
 * @param ndcg200 the same among the first 200
 * @param mrr10 mean of {@code 1 / (rank + 1)} among the first 10, else 0
 * @param mrr20 mean of {@code 1 / (rank + 1)} among the first 20, else 0
 */
public record RankingMetrics(
        long targets,
        double hitRatio1,
        double hitRatio10,
        double hitRatio20,
        double hitRatio50,
        double hitRatio200,
        double ndcg10,
        double ndcg50,
        double ndcg200,
        double mrr10,
        double mrr20) {

    /** Metrics of these ranks; a negative rank is a miss. */
    public static RankingMetrics of(int[] ranks) {
        Sums sums = new Sums();
        for (int rank : ranks) {
            sums.add(rank);
        }
        return sums.metrics();
    }

    /** Running sums of a stream of ranks; one per thread. */
    public static final class Sums {
        private long targets;
        private final long[] hits = new long[4]; // [depths 1, 10, 50, 200]
        private final double[] gains = new double[3]; // [depths 10, 50, 200]
        private long hits20;
        private double reciprocal10;
        private double reciprocal20;

        /** Adds a ranking; a negative rank is a miss. */
        public void add(int rank) {
            targets++;
            if (rank < 0) {
                return;
            }
            hits[0] += rank < 1 ? 1 : 0;
            double gain = Math.log(2) / Math.log(rank + 2.0);
            int[] depths = {10, 50, 200};
            for (int i = 0; i < depths.length; i++) {
                hits[i + 1] += rank < depths[i] ? 1 : 0;
                gains[i] += rank < depths[i] ? gain : 0;
            }
            hits20 += rank < 20 ? 1 : 0;
            reciprocal10 += rank < 10 ? 1.0 / (rank + 1) : 0;
            reciprocal20 += rank < 20 ? 1.0 / (rank + 1) : 0;
        }

        /** Metrics so far; zeros if there is nothing. */
        public RankingMetrics metrics() {
            double n = Math.max(1, targets);
            return new RankingMetrics(
                    targets,
                    hits[0] / n,
                    hits[1] / n,
                    hits20 / n,
                    hits[2] / n,
                    hits[3] / n,
                    gains[0] / n,
                    gains[1] / n,
                    gains[2] / n,
                    reciprocal10 / n,
                    reciprocal20 / n);
        }
    }
}
