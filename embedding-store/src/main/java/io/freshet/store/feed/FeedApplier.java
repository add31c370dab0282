package io.freshet.store.feed;

import io.freshet.store.EmbeddingStore;
import io.freshet.store.LaneChanges;
import io.freshet.store.TickChanges;
import io.freshet.store.codec.LaneChangesCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Applies the feed's ticks to a store and proves that it is the learner's: by the digests chained over the changes
 * before a tick is applied, and by the digests of the content behind it. What was altered behind the store's back moves
 * the latter, and from then on, when a tick takes its place and the store reads it for that. A tick that the store has
 * already is compared instead.
 */
public final class FeedApplier {
    /** The feed cannot be followed from here; the store has to be bootstrapped again. */
    public static final class Diverged extends IllegalStateException {
        private static final long serialVersionUID = 1;

        Diverged(String message) {
            super(message);
        }
    }

    private final EmbeddingStore store;
    private long incarnation;
    private long verified;

    /**
     * An applier to a state.
     *
     * @param incarnation number of the learner that had learned the state's last tick; -1 if nothing was learned
     */
    public FeedApplier(EmbeddingStore store, long incarnation) {
        this.store = store;
        this.incarnation = incarnation;
    }

    /**
     * Applies a tick, or verifies it if the store is already there.
     *
     * @return what it changed; empty if the store had it
     * @throws Diverged if the store is not what the learner's was: a gap, digests that differ, or an earlier tick of a
     *     later learner that the store does not know; where digests of the content differ, the tick has been applied,
     *     and the store is not to be read any more
     * @throws IllegalArgumentException if the tick has other lanes than the store, or cannot be read
     */
    public Optional<TickChanges> apply(FeedTick tick) {
        FeedFrame.Marker marker = tick.marker();
        requireLanes(tick);
        if (marker.tick() <= store.tick()) {
            verify(marker);
            return Optional.empty();
        }
        if (marker.previousTick() != store.tick()) {
            throw new Diverged("the feed goes on with tick " + marker.tick() + " behind tick " + marker.previousTick()
                    + ", but this store is at tick " + store.tick() + ": ticks in between are missing");
        }
        byte[][] before = store.digests();
        List<LaneChanges> lanes = new ArrayList<>();
        Map<Integer, Long> frontier = Map.of();
        for (int lane = 0; lane < tick.lanes().length; lane++) {
            compare(lane, marker, LaneChangesCodec.chain(before[lane], tick.lanes()[lane]));
            LaneChangesCodec.Decoded decoded = LaneChangesCodec.decode(tick.lanes()[lane]);
            if (decoded.tick() != marker.tick() || decoded.changes().lane() != lane) {
                throw new IllegalArgumentException("tick " + marker.tick() + ", lane " + lane
                        + ": its parts hold the changes of tick " + decoded.tick() + ", lane "
                        + decoded.changes().lane());
            }
            frontier = decoded.frontier();
            lanes.add(decoded.changes());
        }
        TickChanges changes = new TickChanges(marker.tick(), frontier, lanes);
        compareContents(marker, store.apply(changes).contents());
        incarnation = Math.max(incarnation, marker.incarnation());
        return Optional.of(changes);
    }

    private void requireLanes(FeedTick tick) {
        int lanes = store.layout().lanes();
        int digests = tick.marker().digests().length;
        if (tick.lanes().length != lanes || digests != lanes) {
            throw new IllegalArgumentException("tick " + tick.marker().tick() + " has " + tick.lanes().length
                    + " lanes and " + digests + " digests; the store has " + lanes + " lanes");
        }
    }

    private void verify(FeedFrame.Marker marker) {
        byte[][] had = marker.tick() == store.tick() ? store.digests() : store.digestsAt(marker.tick());
        if (had == null && marker.incarnation() > incarnation) {
            // One that begins again has other ticks with smaller numbers; one that goes on repeats what is known here.
            throw new Diverged("learner " + marker.incarnation() + " publishes tick " + marker.tick()
                    + ", of which this store, at tick " + store.tick() + " of learner " + incarnation
                    + ", knows nothing: the learner has begun again, or goes on from long ago");
        }
        // Digests of long ago are not kept; the chain of those that are covers them.
        for (int lane = 0; had != null && lane < had.length; lane++) {
            compare(lane, marker, had[lane]);
        }
        if (marker.tick() == store.tick()) {
            byte[][] contents = new byte[store.layout().lanes()][];
            for (int lane = 0; lane < contents.length; lane++) {
                contents[lane] = store.contentDigest(lane);
            }
            compareContents(marker, contents);
        }
        verified++;
    }

    /** Markers of version 1 have none. */
    private static void compareContents(FeedFrame.Marker marker, byte[][] mine) {
        for (int lane = 0; lane < marker.contents().length; lane++) {
            if (!Arrays.equals(mine[lane], marker.contents()[lane])) {
                HexFormat hex = HexFormat.of();
                throw new Diverged("tick " + marker.tick() + ", lane " + lane + ": the learner's content digest is "
                        + hex.formatHex(marker.contents()[lane]) + ", this store's is " + hex.formatHex(mine[lane])
                        + ": something that one of them holds was altered");
            }
        }
    }

    private static void compare(int lane, FeedFrame.Marker marker, byte[] mine) {
        if (!Arrays.equals(mine, marker.digests()[lane])) {
            HexFormat hex = HexFormat.of();
            throw new Diverged("tick " + marker.tick() + ", lane " + lane + ": the learner's digest is "
                    + hex.formatHex(marker.digests()[lane]) + ", this store's would be " + hex.formatHex(mine));
        }
    }

    /** Ticks that came again and were compared. */
    public long verifiedTicks() {
        return verified;
    }
}
