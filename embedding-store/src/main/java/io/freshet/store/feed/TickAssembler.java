package io.freshet.store.feed;

import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Puts frames together to whole ticks. Frames of an earlier incarnation than the highest seen are dropped and counted:
 * they come from a learner that was replaced but had not noticed. A tick that its learner never finished is dropped
 * with the first frame of another tick or incarnation; parts that come twice (a producer's retry) count once.
 */
public final class TickAssembler {
    private final Map<Integer, FeedFrame.Part[]> parts = new TreeMap<>();
    private long incarnation;
    private long tick = Long.MIN_VALUE;
    private long fenced;

    /** For a feed of which nothing is known yet. */
    public TickAssembler() {
        this(-1);
    }

    /**
     * For the feed behind a snapshot.
     *
     * @param incarnation the learner's that cut it: what an earlier one sent may still arrive behind the snapshot's
     *     offset, from the middle of a tick on
     */
    public TickAssembler(long incarnation) {
        this.incarnation = incarnation;
    }

    /** Takes the next frame; gives the tick that it completes. */
    public Optional<FeedTick> add(FeedFrame frame) {
        if (frame.incarnation() < incarnation) {
            fenced++;
            return Optional.empty();
        }
        if (frame.incarnation() > incarnation || frame.tick() != tick) {
            parts.clear();
            incarnation = frame.incarnation();
            tick = frame.tick();
        }
        if (frame instanceof FeedFrame.Part part) {
            FeedFrame.Part[] all = parts.computeIfAbsent(part.lane(), lane -> new FeedFrame.Part[part.parts()]);
            if (all.length != part.parts()) {
                throw new IllegalArgumentException("tick " + tick + ", lane " + part.lane() + ": parts of " + all.length
                        + " and of " + part.parts() + " mixed");
            }
            all[part.index()] = part;
            return Optional.empty();
        }
        return complete((FeedFrame.Marker) frame);
    }

    private Optional<FeedTick> complete(FeedFrame.Marker marker) {
        if (parts.isEmpty()) {
            // The rest of a tick whose beginning is not ours: the feed was entered in its middle.
            return Optional.empty();
        }
        byte[][] lanes = new byte[marker.digests().length][];
        for (int lane = 0; lane < lanes.length; lane++) {
            lanes[lane] = join(lane, parts.get(lane));
        }
        parts.clear();
        return Optional.of(new FeedTick(marker, lanes));
    }

    private byte[] join(int lane, FeedFrame.Part @org.jspecify.annotations.Nullable [] all) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (int i = 0; all != null && i < all.length; i++) {
            if (all[i] == null) {
                throw new IllegalArgumentException(
                        "tick " + tick + ", lane " + lane + ": part " + i + " of " + all.length + " is missing");
            }
            joined.writeBytes(all[i].payload());
        }
        if (all == null) {
            throw new IllegalArgumentException("tick " + tick + " has no changes of lane " + lane);
        }
        return joined.toByteArray();
    }

    /** Highest incarnation seen, or known from the start. */
    public long incarnation() {
        return incarnation;
    }

    /** Frames dropped because a later incarnation had begun. */
    public long fencedFrames() {
        return fenced;
    }
}
