package io.freshet.train.prequential;

/**
 * Test-then-train quality of the model and of the baselines in the same pass: every event ranked in the whole catalogue
 * before it is learned from. Ratios are NaN before the first ranked event.
 *
 * @param ranked events ranked since the start
 * @param model the model, since the start
 * @param popularity most seen items so far
 * @param markov items that most often followed the last item, then popularity
 * @param recentModel the model over the most recent ranked events (the last 5,000 to 10,000)
 * @param recentPopularity the same window
 * @param recentMarkov the same window
 */
public record PrequentialReport(
        long ranked,
        Quality model,
        Quality popularity,
        Quality markov,
        Quality recentModel,
        Quality recentPopularity,
        Quality recentMarkov) {

    /**
     * Sums that ratios come from; kept as sums so that a later part of a stream is a difference of two reports.
     *
     * @param events events ranked
     * @param hits1 events whose item stood first
     * @param hits10 events whose item stood in the first ten
     * @param hits50 events whose item stood in the first fifty
     * @param ndcg10 sum of 1 / log2(rank + 2) for ranks under ten
     * @param mrr20 sum of 1 / (rank + 1) for ranks under twenty
     */
    public record Quality(long events, long hits1, long hits10, long hits50, double ndcg10, double mrr20) {
        /** Hit ratio at ten. */
        public double hitRatio10() {
            return events == 0 ? Double.NaN : (double) hits10 / events;
        }

        /** Normalised discounted cumulative gain at ten. */
        public double ndcgAt10() {
            return events == 0 ? Double.NaN : ndcg10 / events;
        }

        /** The events since an earlier reading of the same sums. */
        public Quality since(Quality earlier) {
            return new Quality(
                    events - earlier.events,
                    hits1 - earlier.hits1,
                    hits10 - earlier.hits10,
                    hits50 - earlier.hits50,
                    ndcg10 - earlier.ndcg10,
                    mrr20 - earlier.mrr20);
        }
    }
}
