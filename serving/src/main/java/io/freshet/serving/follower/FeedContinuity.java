package io.freshet.serving.follower;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the feed leads on from the followed state. Its own tick proves it, and so does the one behind it. A feed that
 * has neither, because it expired or was made again, may have lost ticks that only a snapshot shows: until it is
 * proven, a feed at whose end nothing comes is held against the repository now and then.
 */
final class FeedContinuity {
    private static final Logger LOG = LoggerFactory.getLogger(FeedContinuity.class);

    /** Longest wait between two looks, in first waits. */
    private static final int LONGEST = 16;

    private final FeedLog feed;
    private final FollowerStores stores;
    private final long firstWaitMillis;
    private boolean proven;
    private long wait;
    private long lookAt;
    /** When a later snapshot was found; -1 for never. What it holds was in the feed before. */
    private long laterSince;

    FeedContinuity(FeedLog feed, FollowerStores stores, long firstWaitMillis) {
        this.feed = feed;
        this.stores = stores;
        this.firstWaitMillis = firstWaitMillis;
        reset();
    }

    /** Another state is followed, or another place in the feed. */
    void reset() {
        proven = false;
        wait = firstWaitMillis;
        lookAt = 0;
        laterSince = -1;
    }

    /** A tick of the feed was applied to the state, or was found to be the state's. */
    void proven() {
        proven = true;
    }

    /**
     * Whether ticks are missing between the state and a feed that has no record at a position: a snapshot of later
     * ones is there, and the feed had ended here still after it was seen.
     *
     * @param position next offset to read
     * @param incarnation start of the learner that is followed
     * @param tick the state's
     * @param now milliseconds on the follower's clock
     */
    boolean isBroken(long position, long incarnation, long tick, long now) {
        FeedLog.Reach reach = feed.reach();
        if (proven || reach.reachedAtMillis() < 0 || position < reach.end()) {
            return false;
        }
        if (laterSince >= 0) {
            return reach.problem().isEmpty() && reach.reachedAtMillis() > laterSince;
        }
        if (now >= lookAt) {
            lookAt = now + wait;
            wait = Math.min(wait * 2, firstWaitMillis * LONGEST);
            try {
                laterSince = stores.hasLater(incarnation, tick) ? now : -1;
            } catch (IOException | RuntimeException e) {
                LOG.warn("{} cannot be asked for a newer snapshot: {}", stores.address(), e.getMessage());
            }
        }
        return false;
    }
}
