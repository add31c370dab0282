package io.freshet.store.feed;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Puts frames together to whole ticks. Frames of an earlier incarnation than the highest seen are dropped and counted:
 * they come from a learner that was replaced but had not noticed. A tick that its learner never finished is dropped
 * with the first frame of another tick or incarnation; parts that come twice (a producer's retry) count once. What it
 * keeps is bounded by the bytes that came, never by what a frame says of itself.
 */
public final class TickAssembler {
    /** What came of one lane. */
    private record LaneParts(int count, Map<Integer, FeedFrame.Part> came) {}

    private final FeedLimits limits;
    private final Map<Integer, LaneParts> lanes = new TreeMap<>();
    private long incarnation;
    private long tick = Long.MIN_VALUE;
    private long bytes;
    private long fenced;

    /** For a feed of which nothing is known yet. */
    public TickAssembler() {
        this(-1);
    }

    /** For the feed behind a snapshot, with the limits of readers that know nothing of the store. */
    public TickAssembler(long incarnation) {
        this(FeedLimits.any(), incarnation);
    }

    /**
     * For the feed behind a snapshot.
     *
     * @param incarnation the learner's that cut it: what an earlier one sent may still arrive behind the snapshot's
     *     offset, from the middle of a tick on
     */
    public TickAssembler(FeedLimits limits, long incarnation) {
        this.limits = limits;
        this.incarnation = incarnation;
    }

    /**
     * Takes the next frame; gives the tick that it completes.
     *
     * @throws HostileFrame if the frame is out of bounds; the tick under way is not touched
     * @throws IllegalArgumentException if the tick lacks parts: the feed has lost them
     */
    public Optional<FeedTick> add(FeedFrame frame) {
        if (frame.incarnation() < incarnation) {
            fenced++;
            return Optional.empty();
        }
        requireWithin(frame);
        if (frame.incarnation() > incarnation || frame.tick() != tick) {
            lanes.clear();
            bytes = 0;
            incarnation = frame.incarnation();
            tick = frame.tick();
        }
        if (frame instanceof FeedFrame.Part part) {
            keep(part);
            return Optional.empty();
        }
        return complete((FeedFrame.Marker) frame);
    }

    private void requireWithin(FeedFrame frame) {
        if (frame instanceof FeedFrame.Part part) {
            if (part.parts() > limits.parts() || limits.lanes() > 0 && part.lane() >= limits.lanes()) {
                throw new HostileFrame("tick " + part.tick() + ": a part of " + part.parts() + " of lane "
                        + part.lane() + "; expected at most " + limits.parts() + " parts and lanes below "
                        + limits.lanes());
            }
        } else {
            int got = ((FeedFrame.Marker) frame).digests().length;
            if (limits.lanes() > 0 && got != limits.lanes()) {
                throw new HostileFrame("tick " + frame.tick() + ": a marker with digests of " + got
                        + " lanes, where the store has " + limits.lanes());
            }
        }
    }

    private void keep(FeedFrame.Part part) {
        LaneParts all = lanes.get(part.lane());
        if (all != null && all.count() != part.parts()) {
            throw new HostileFrame("tick " + tick + ", lane " + part.lane() + ": parts of " + all.count() + " and of "
                    + part.parts() + " mixed");
        }
        FeedFrame.Part before = all == null ? null : all.came().get(part.index());
        if (before != null) {
            if (!Arrays.equals(before.payload(), part.payload())) {
                throw new HostileFrame("tick " + tick + ", lane " + part.lane() + ": part " + part.index()
                        + " came twice, with other bytes the second time");
            }
            return;
        }
        if (bytes + part.payload().length > limits.tickBytes()) {
            throw new HostileFrame("tick " + tick + ": more than " + limits.tickBytes()
                    + " bytes; raise the limit if a learner can write that many in a tick");
        }
        bytes += part.payload().length;
        lanes.computeIfAbsent(part.lane(), lane -> new LaneParts(part.parts(), new TreeMap<>()))
                .came()
                .put(part.index(), part);
    }

    private Optional<FeedTick> complete(FeedFrame.Marker marker) {
        if (lanes.isEmpty()) {
            // The rest of a tick whose beginning is not ours: the feed was entered in its middle.
            return Optional.empty();
        }
        byte[][] joined = new byte[marker.digests().length][];
        for (int lane = 0; lane < joined.length; lane++) {
            joined[lane] = join(lane, lanes.get(lane));
        }
        lanes.clear();
        bytes = 0;
        return Optional.of(new FeedTick(marker, joined));
    }

    private byte[] join(int lane, @Nullable LaneParts all) {
        if (all == null) {
            throw new IllegalArgumentException("tick " + tick + " has no changes of lane " + lane);
        }
        int length = 0;
        for (int i = 0; i < all.count(); i++) {
            FeedFrame.Part part = all.came().get(i);
            if (part == null) {
                throw new IllegalArgumentException(
                        "tick " + tick + ", lane " + lane + ": part " + i + " of " + all.count() + " is missing");
            }
            length = Math.addExact(length, part.payload().length);
        }
        byte[] joined = new byte[length];
        int at = 0;
        for (FeedFrame.Part part : all.came().values()) {
            System.arraycopy(part.payload(), 0, joined, at, part.payload().length);
            at += part.payload().length;
        }
        return joined;
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
