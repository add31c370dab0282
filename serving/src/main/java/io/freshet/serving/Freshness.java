package io.freshet.serving;

import java.util.Map;

/**
 * What a query's answer must have learned from.
 *
 * @param offsets log offset per partition; empty for no demand
 * @param mode what to do if it has not
 */
public record Freshness(Map<Integer, Long> offsets, Mode mode) {
    /** No demand. */
    public static final Freshness ANY = new Freshness(Map.of(), Mode.SERVE);

    /** What to do with a query that the state is too old for. */
    public enum Mode {
        /** Answer, flagged as stale. */
        SERVE,
        /** Wait, until the query's deadline. */
        WAIT,
        /** Refuse. */
        FAIL
    }
}
