package io.freshet.serving.follower;

import io.freshet.store.feed.FeedFrame;
import io.freshet.store.feed.HostileFrame;
import io.freshet.store.feed.RepositoryId;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets those records of the feed in that a learner of the followed repository can have sent, and counts the others.
 *
 * <p>A learner opens its repository before it sends its first frame. So a frame of a later learner than the repository
 * knew when it was asked, after that frame had been read, was sent by nobody; it must not fence the real ones.
 */
final class FrameGate {
    private static final Logger LOG = LoggerFactory.getLogger(FrameGate.class);
    private static final int NAMED = 16;

    private final FollowerStores stores;
    private final Map<String, Long> foreign = new TreeMap<>();
    private RepositoryId repository = RepositoryId.UNKNOWN;
    private long known;
    private boolean asked;
    private long hostile;
    private long unknown;

    FrameGate(FollowerStores stores) {
        this.stores = stores;
    }

    /** The state that is followed from now on. */
    void follow(FollowedState state) {
        repository = state.repository();
        known = Math.max(0, state.incarnation());
        asked = false;
    }

    /** Records were read just now: what the repository said before does not hold for them. */
    void polled() {
        asked = false;
    }

    /**
     * The frame of a record; empty if it is none of ours.
     *
     * @throws IOException if the repository had to be asked and could not be; nothing was counted
     */
    Optional<FeedFrame> admit(FeedLog.Entry record) throws IOException {
        FeedFrame frame;
        try {
            frame = FeedFrame.fromBytes(record.bytes());
        } catch (HostileFrame e) {
            hostile(record, e);
            return Optional.empty();
        }
        if (!repository.takes(frame.repository())) {
            String name = frame.repository().toString();
            boolean named = foreign.containsKey(name) || foreign.size() < NAMED;
            if (foreign.merge(named ? name : "others", 1L, Long::sum) == 1) {
                LOG.warn(
                        "offset {} of the feed: a frame of another repository ({}, not {}): two learners send to one"
                                + " topic; such frames are dropped and counted",
                        record.offset(),
                        name,
                        repository);
            }
            return Optional.empty();
        }
        if (!opened(frame.incarnation())) {
            if (unknown++ == 0) {
                LOG.warn(
                        "offset {} of the feed: a frame of learner {}, which never opened {} (the last was {}); such"
                                + " frames are dropped and counted",
                        record.offset(),
                        frame.incarnation(),
                        stores.address(),
                        known);
            }
            return Optional.empty();
        }
        return Optional.of(frame);
    }

    private boolean opened(long incarnation) throws IOException {
        if (incarnation > known && !asked) {
            OptionalLong last = stores.lastIncarnation();
            // A repository that does not count its learners vouches for all of them.
            known = last.isEmpty() ? Long.MAX_VALUE : Math.max(known, last.getAsLong());
            asked = true;
        }
        return incarnation <= known;
    }

    /** A record that no learner can have sent. */
    void hostile(FeedLog.Entry record, HostileFrame why) {
        if (hostile++ == 0) {
            LOG.warn(
                    "offset {} of the feed: {}; such records are dropped and counted",
                    record.offset(),
                    why.getMessage());
        }
    }

    long hostile() {
        return hostile;
    }

    long unknown() {
        return unknown;
    }

    Map<String, Long> foreign() {
        return foreign;
    }
}
