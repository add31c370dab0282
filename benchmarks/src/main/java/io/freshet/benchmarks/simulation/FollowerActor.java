package io.freshet.benchmarks.simulation;

import io.freshet.benchmarks.simulation.LaneLearner.LaneFile;
import io.freshet.store.InMemoryStore;
import io.freshet.store.LaneChanges;
import io.freshet.store.LaneChangesCodec;
import io.freshet.store.TickChanges;
import io.freshet.store.feed.FeedApplier;
import io.freshet.store.feed.FeedFrame;
import io.freshet.store.feed.FeedTick;
import io.freshet.store.feed.TickAssembler;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.Manifest.StoredFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A scoring process's follower: a mirror of {@code Follower} and {@code FollowerStore}, which are bound to Kafka and
 * RocksDB, around the product's assembler and applier. Its disk survives its process.
 */
final class FollowerActor implements Actor {
    private static final int SAVE_EVERY = 3;
    private static final int RETRY = 50;

    /** What is on disk: a store that began as a snapshot, and where it stands in the feed. */
    private static final class Generation {
        private final InMemoryStore store;
        /** Incarnation whose predecessors' frames are late where it enters the feed; -1 if that is not known. */
        private long fence;

        private long feedOffset;

        Generation(InMemoryStore store, long incarnation, long feedOffset) {
            this.store = store;
            fence = incarnation;
            this.feedOffset = feedOffset;
        }
    }

    /** A snapshot that is being copied. */
    private static final class Restore {
        private final Manifest manifest;
        private final List<LaneFile> lanes = new ArrayList<>();
        private int at;

        Restore(Manifest manifest) {
            this.manifest = manifest;
        }
    }

    private final World world;
    private final int number;
    private @Nullable Generation own;
    private boolean distrusted;
    private List<Manifest> candidates = new ArrayList<>();
    private @Nullable Restore restore;
    private @Nullable TickAssembler assembler;
    private @Nullable FeedApplier applier;
    private long offset;
    private int sinceSave;
    private long notBefore;
    private int bootstraps;

    FollowerActor(World world, int number) {
        this.world = world;
        this.number = number;
    }

    @Override
    public String name() {
        return "follower " + number;
    }

    int bootstraps() {
        return bootstraps;
    }

    @Override
    public long notBefore() {
        return notBefore;
    }

    @Override
    public boolean ready() {
        return world.now() >= notBefore
                && (assembler == null || offset != world.feed().end());
    }

    @Override
    public String waitsFor() {
        return "the feed to go on behind offset " + offset + "; it is at tick " + tick();
    }

    private long tick() {
        return own == null ? -1 : own.store.tick();
    }

    /** Whether it has followed to a tick. */
    boolean at(long tick) {
        return assembler != null && tick() == tick;
    }

    byte[] stateDigest() {
        return java.util.Objects.requireNonNull(own).store.stateDigest();
    }

    /** The process dies and starts again; a disk that is lost is lost with it. */
    void die(boolean withDisk) {
        restore = null;
        candidates = new ArrayList<>();
        assembler = null;
        applier = null;
        distrusted = false;
        if (own != null) {
            own.fence = -1;
        }
        own = withDisk ? null : own;
        notBefore = world.now() + world.random().nextInt(200);
    }

    @Override
    public void step() {
        Generation mine = own;
        if (restore != null) {
            restore(restore);
        } else if (mine == null || distrusted) {
            begin();
        } else if (assembler == null || applier == null) {
            assembler = new TickAssembler(mine.fence);
            applier = new FeedApplier(mine.store);
            offset = mine.feedOffset;
            sinceSave = 0;
        } else {
            read(mine, assembler, applier);
        }
    }

    /** Chooses a snapshot: the newest, or the next older one if that could not be copied. */
    private void begin() {
        if (candidates.isEmpty()) {
            candidates = new ArrayList<>(world.repository().newestFirst());
        }
        if (candidates.isEmpty()) {
            notBefore = world.now() + RETRY;
            return;
        }
        restore = new Restore(candidates.remove(0));
        world.trace(this, "begins with " + restore.manifest.id());
    }

    private void restore(Restore running) {
        StoredFile file = running.manifest.files().get(running.at++);
        LaneFile found = world.repository().get(file);
        if (found == null) {
            world.trace(this, running.manifest.id() + " lacks " + file.object() + ", which has expired meanwhile");
            restore = null;
            notBefore = candidates.isEmpty() ? world.now() + RETRY : notBefore;
            return;
        }
        if (file.name().equals("CURRENT")) {
            running.lanes.add(found);
        }
        if (running.at == running.manifest.files().size()) {
            restore = null;
            candidates = new ArrayList<>();
            distrusted = false;
            bootstraps++;
            own = new Generation(
                    LaneLearner.storeOf(running.lanes),
                    Long.parseLong(running.manifest.properties().getOrDefault("incarnation", "0")),
                    running.manifest.feedOffsets().getOrDefault(0, 0L));
            assembler = null;
            world.trace(this, "has restored tick " + tick() + " of incarnation " + own.fence);
            world.invariants().followed(this, own.store);
        }
    }

    private void read(Generation mine, TickAssembler frames, FeedApplier ticks) {
        if (offset < world.feed().start() || offset > world.feed().end()) {
            distrust("offset " + offset + " of the feed is no longer there", true);
            return;
        }
        FeedFrame frame = FeedFrame.fromBytes(world.feed().frame(offset++));
        if (world.mutation() == Mutation.MARKER_NOT_AWAITED) {
            applyAtOnce(mine, frame);
            return;
        }
        try {
            Optional<FeedTick> tick = frames.add(frame);
            if (tick.isPresent()) {
                take(mine, ticks, tick.get());
            }
        } catch (FeedApplier.Diverged | IllegalArgumentException e) {
            distrust(String.valueOf(e.getMessage()), false);
        }
    }

    private void take(Generation mine, FeedApplier ticks, FeedTick tick) {
        long before = mine.store.tick();
        boolean applied = ticks.apply(tick).isPresent();
        if (world.traces()) {
            world.trace(
                    this,
                    (applied ? "applies" : "verifies") + " tick "
                            + tick.marker().tick());
        }
        if (++sinceSave == SAVE_EVERY) {
            sinceSave = 0;
            mine.feedOffset = offset;
        }
        world.invariants().followed(this, mine.store);
        if (mine.store.tick() < before) {
            throw new Violation(Violation.Invariant.FAITHFUL_FOLLOWER, name() + " went back from tick " + before);
        }
    }

    /** The feed cannot be followed from here: a snapshot replaces the state. */
    private void distrust(String why, boolean trimmed) {
        world.trace(this, "is lost: " + why);
        if (!trimmed && own != null && own.fence >= 0) {
            throw new Violation(
                    Violation.Invariant.FAITHFUL_FOLLOWER, name() + " gave up a feed that is whole: " + why);
        }
        distrusted = true;
        assembler = null;
        applier = null;
        notBefore = world.now() + RETRY;
    }

    /** The planted bug: what there is of a tick is applied without waiting for its end. */
    private void applyAtOnce(Generation mine, FeedFrame frame) {
        if (frame instanceof FeedFrame.Part part && frame.tick() > mine.store.tick()) {
            LaneChangesCodec.Decoded decoded = LaneChangesCodec.decode(part.payload());
            List<LaneChanges> lanes = new ArrayList<>();
            for (int lane = 0; lane < LaneLearner.LANES; lane++) {
                lanes.add(lane == part.lane() ? decoded.changes() : LaneChanges.empty(lane));
            }
            Map<Integer, Long> frontier = new TreeMap<>(decoded.frontier());
            mine.store.apply(new TickChanges(frame.tick(), frontier, lanes));
            world.invariants().followed(this, mine.store);
        }
    }
}
