package io.freshet.serving;

/**
 * What a query may ask for, and when the engine refuses.
 *
 * @param candidates most items in one score query
 * @param history most inline events of a subject
 * @param k most items that can be asked for
 * @param idLength most characters of a user's or item's id
 * @param queue queries that may wait for the engine; more are refused
 * @param patienceMillis longest wait of a query that has no deadline of its own
 * @param staleAfterMillis age of the state from which answers are flagged
 */
public record Limits(
        int candidates, int history, int k, int idLength, int queue, long patienceMillis, long staleAfterMillis) {
    /** The documented defaults. */
    public static Limits defaults() {
        return new Limits(2000, 1000, 1000, 256, 1024, 2_000, 30_000);
    }
}
