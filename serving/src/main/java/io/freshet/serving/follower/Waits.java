package io.freshet.serving.follower;

/**
 * What a follower's next step waits for.
 *
 * @param on what
 * @param untilMillis when to step again at the latest, by the follower's clock
 */
public record Waits(On on, long untilMillis) {
    /** What a step waits for. */
    public enum On {
        /** Nothing: there is more to do. */
        NOTHING,
        /** Records of the feed. */
        FEED,
        /** The clock. */
        TIME,
        /** There is no further step. */
        END
    }

    static final Waits NOTHING = new Waits(On.NOTHING, 0);
    static final Waits END = new Waits(On.END, Long.MAX_VALUE);
}
