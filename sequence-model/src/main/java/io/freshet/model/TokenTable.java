package io.freshet.model;

/**
 * The table {@code [rows, D]} of learned rows that are added to the items' embeddings where a sequence is read, and
 * where each of them stands: a row for every action, for the begin token and for every hour of the week; or, in the
 * research variant, for every position in the sequence.
 */
public final class TokenTable {
    /** Rows of actions: 32 codes and the begin token. */
    public static final int ACTIONS = 33;

    /** Row of the begin token, the last of the actions. */
    public static final int BEGIN = 32;

    /** Rows of hours of the week, which follow those of actions. */
    public static final int HOURS = 168;

    private static final long HOUR_MILLIS = 3_600_000L;

    private TokenTable() {}

    /** Number of rows that a configuration's table has. */
    public static int rows(ModelConfig config) {
        return config.beginToken() ? ACTIONS + HOURS : config.window();
    }

    /** Row of the hour of the week, UTC, of a time in ms since the epoch. */
    static int hourRow(long timeMillis) {
        return ACTIONS + (int) Math.floorMod(Math.floorDiv(timeMillis, HOUR_MILLIS), (long) HOURS);
    }
}
