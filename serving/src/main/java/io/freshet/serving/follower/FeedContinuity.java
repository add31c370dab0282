package io.freshet.serving.follower;

import io.freshet.serving.follower.FollowerStores.Committed;
import io.freshet.store.EmbeddingStore;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the feed leads on from the followed state. Its own tick proves it, and so does the one behind it. A feed that
 * has neither, because it expired or was made again, may have lost ticks that only a snapshot shows: until it is
 * proven, a feed at whose end nothing comes is held against the newest snapshot now and then.
 */
final class FeedContinuity {
    private static final Logger LOG = LoggerFactory.getLogger(FeedContinuity.class);

    /** Longest wait between two looks, in first waits. */
    private static final int LONGEST = 16;

    private final FeedLog feed;
    private final FollowerStores stores;
    private final LongSupplier nowMillis;
    private final long firstWaitMillis;
    private boolean proven;
    private long wait;
    private long lookAt;
    /** When a later snapshot had been found; -1 for never. What it holds was in the feed before. */
    private long laterSince;
    /** The last snapshot that was to replace a state; one that could not be restored is not tried again. */
    private String tried = "";

    private String later = "";
    private String said = "";

    FeedContinuity(FeedLog feed, FollowerStores stores, LongSupplier nowMillis, long firstWaitMillis) {
        this.feed = feed;
        this.stores = stores;
        this.nowMillis = nowMillis;
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
     * ones is there, and the feed had ended here still after it was seen. It is said once of a snapshot.
     *
     * @param position next offset to read
     * @param state what is followed
     * @param incarnation start of the learner that is followed, as far as it is known
     */
    boolean isBroken(long position, EmbeddingStore state, long incarnation) {
        FeedLog.Reach reach = feed.reach();
        if (proven || reach.reachedAtMillis() < 0 || position < reach.end()) {
            return false;
        }
        if (laterSince >= 0) {
            boolean endsStill = reach.problem().isEmpty() && reach.reachedAtMillis() > laterSince;
            if (endsStill) {
                tried = later;
                laterSince = -1;
            }
            return endsStill;
        }
        if (nowMillis.getAsLong() >= lookAt) {
            look(state, incarnation);
        }
        return false;
    }

    private void look(EmbeddingStore state, long incarnation) {
        try {
            Optional<Committed> newest = stores.newest();
            if (newest.isPresent() && !newest.get().id().equals(tried) && isLater(newest.get(), state, incarnation)) {
                later = newest.get().id();
                laterSince = nowMillis.getAsLong();
            }
            said = "";
        } catch (IOException | RuntimeException e) {
            String problem = String.valueOf(e.getMessage());
            if (!problem.equals(said)) {
                LOG.warn("{} cannot be asked for a newer snapshot: {}", stores.address(), problem);
            }
            said = problem;
        }
        lookAt = nowMillis.getAsLong() + wait;
        wait = Math.min(wait * 2, firstWaitMillis * LONGEST);
    }

    /** Whether a snapshot has what the state has not. One whose digests the state went through is an ancestor. */
    private static boolean isLater(Committed newest, EmbeddingStore state, long incarnation) {
        if (newest.incarnation() < incarnation) {
            return false;
        }
        byte[][] known = newest.tick() == state.tick() ? state.digests() : state.digestsAt(newest.tick());
        if (known == null || newest.tick() > state.tick()) {
            return newest.tick() > state.tick() || newest.incarnation() > incarnation;
        }
        for (int lane = 0; lane < known.length; lane++) {
            if (!HexFormat.of().formatHex(known[lane]).equals(newest.chains().get(lane))) {
                return true;
            }
        }
        return false;
    }
}
