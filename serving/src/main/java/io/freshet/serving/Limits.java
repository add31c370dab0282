package io.freshet.serving;

/**
 * What a query may ask for, and when the engine refuses.
 *
 * @param candidates most items in one score query
 * @param history most inline events of a subject
 * @param k most items that can be asked for
 * @param idLength most characters of a user's, session's, item's or event's id
 * @param queue queries that may wait for the engine; more are refused
 * @param parked queries that may wait for a later state; more are refused
 * @param patienceMillis longest wait of a query, whatever deadline it has
 * @param staleAfterMillis age of the state from which answers are flagged
 */
public record Limits(
        int candidates,
        int history,
        int k,
        int idLength,
        int queue,
        int parked,
        long patienceMillis,
        long staleAfterMillis) {
    public Limits {
        if (Math.min(Math.min(candidates, k), Math.min(idLength, queue)) < 1
                || Math.min(history, parked) < 0
                || patienceMillis < 1
                || staleAfterMillis < 0) {
            throw new IllegalArgumentException("limits of the scorer: expected positive ones, got candidates="
                    + candidates + " history=" + history + " k=" + k + " id-length=" + idLength + " queue=" + queue
                    + " parked=" + parked + " patience=" + patienceMillis + " ms stale-after=" + staleAfterMillis
                    + " ms");
        }
    }

    /** The documented defaults. */
    public static Limits defaults() {
        return new Limits(2000, 1000, 1000, 256, 1024, 128, 2_000, 30_000);
    }
}
