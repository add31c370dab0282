package io.freshet.serving.follower;

import io.freshet.store.feed.FeedLimits;

/**
 * When a follower calls itself current, and how long it waits.
 *
 * @param currentMillis it follows as long as it had, this long ago at most, everything that the feed had
 * @param retryMillis first wait before something that failed is tried again; doubled with every further failure
 * @param retryMostMillis longest such wait
 * @param saveEvery ticks after which the place in the feed is saved
 * @param tickBytes most bytes of a tick in the feed
 */
public record FollowerRules(long currentMillis, long retryMillis, long retryMostMillis, int saveEvery, long tickBytes) {
    public FollowerRules {
        if (currentMillis < 1 || retryMillis < 1 || retryMostMillis < retryMillis || saveEvery < 1 || tickBytes < 1) {
            throw new IllegalArgumentException("follower rules: expected positive values and retry <= longest retry,"
                    + " got current=" + currentMillis + " retry=" + retryMillis + " longest=" + retryMostMillis
                    + " save-every=" + saveEvery + " tick-bytes=" + tickBytes);
        }
    }

    /** The documented defaults. */
    public static FollowerRules defaults() {
        return new FollowerRules(5_000, 250, 4_000, 32, FeedLimits.TICK_BYTES);
    }
}
