package io.freshet.store.feed;

import io.freshet.store.StoreLayout;

/**
 * What a follower takes from the feed at most.
 *
 * @param lanes lanes of every tick; 0 for any number
 * @param parts most parts of a lane
 * @param tickBytes most bytes of a tick's parts together, what a follower keeps in memory
 */
public record FeedLimits(int lanes, int parts, long tickBytes) {
    /** Most parts of a lane. */
    public static final int MOST_PARTS = 65_536;

    /** Default of {@link #tickBytes}: 1 GiB. */
    public static final long TICK_BYTES = 1L << 30;

    public FeedLimits {
        if (lanes < 0 || parts < 1 || parts > MOST_PARTS || tickBytes < 1) {
            throw new IllegalArgumentException("feed limits: need lanes >= 0, 1 <= parts <= " + MOST_PARTS
                    + " and positive bytes, got lanes=" + lanes + " parts=" + parts + " bytes=" + tickBytes);
        }
    }

    /** For readers that know nothing of the store. */
    public static FeedLimits any() {
        return new FeedLimits(0, MOST_PARTS, TICK_BYTES);
    }

    /** For the followers of a store. */
    public static FeedLimits of(StoreLayout layout, long tickBytes) {
        return new FeedLimits(layout.lanes(), MOST_PARTS, tickBytes);
    }
}
