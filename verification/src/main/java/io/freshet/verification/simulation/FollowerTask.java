package io.freshet.verification.simulation;

import io.freshet.model.ModelConfig;
import io.freshet.schema.EntityIds;
import io.freshet.serving.Version;
import io.freshet.serving.follower.FeedLog;
import io.freshet.serving.follower.FollowedState;
import io.freshet.serving.follower.FollowerCore;
import io.freshet.serving.follower.FollowerEngine;
import io.freshet.serving.follower.FollowerRules;
import io.freshet.serving.follower.FollowerStatus.State;
import io.freshet.serving.follower.Waits;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.StateView;
import io.freshet.store.TickChanges;
import io.freshet.verification.simulation.schedule.Actor;
import io.freshet.verification.simulation.schedule.Fault;
import io.freshet.verification.simulation.schedule.Fiber;
import io.freshet.verification.simulation.schedule.Mutation;
import io.freshet.verification.simulation.schedule.Violation;
import io.freshet.verification.simulation.schedule.Violation.Invariant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A follower's process: the product's {@link FollowerCore} with a copy of the state that outlives it. */
final class FollowerTask implements Actor {
    private static final FollowerRules RULES = new FollowerRules(5_000, 150, 600, 3, 1 << 30);
    private static final Set<State> FOLLOWS = EnumSet.of(State.CONNECTING, State.CATCHING_UP, State.FOLLOWING);

    private final World world;
    private final int number;
    private final FollowerCopies copies;
    private Fiber fiber;
    private Engine engine = new Engine();
    private FollowerCore core;
    private @Nullable Waits waits;
    private @Nullable EmbeddingStore seen;
    private long seenTick = -1;
    private boolean excused;
    private int bootstraps;

    FollowerTask(World world, int number) {
        this.world = world;
        this.number = number;
        copies = new FollowerCopies(world, name());
        fiber = world.fibers().take();
        core = started();
    }

    private FollowerCore started() {
        engine = new Engine();
        waits = null;
        seen = null;
        return new FollowerCore(new Feed(), copies, engine, world::now, RULES);
    }

    /** It dies, and starts again on what it has on disk. */
    void die(boolean losesDisk) {
        world.trace(this, losesDisk ? "LOSES ITS DISK" : "DIES");
        world.fibers().give(fiber);
        fiber = world.fibers().take();
        if (losesDisk) {
            copies.lose();
        }
        excused = true;
        core = started();
    }

    /** The schedule is over. */
    void end() {
        world.fibers().give(fiber);
    }

    /** What it does not do by itself may have a reason from now on. */
    void excuse() {
        excused = true;
    }

    /** Whether it stands where a learner stands, and its engine with it. */
    boolean isAt(EmbeddingStore learned) {
        FollowedState state = core.state();
        return !fiber.busy()
                && state != null
                && FOLLOWS.contains(core.status().state())
                && state.store().tick() == learned.tick()
                && engine.tick == learned.tick();
    }

    int bootstraps() {
        return bootstraps;
    }

    @Override
    public String name() {
        return "follower " + number;
    }

    @Override
    public boolean ready() {
        if (fiber.busy()) {
            return world.now() >= notBefore() && fiber.waiting().ready().getAsBoolean();
        }
        Waits next = waits;
        return next == null
                || next.on() == Waits.On.NOTHING
                || next.on() != Waits.On.END && world.now() >= next.untilMillis()
                || next.on() == Waits.On.FEED && engine.feedGrew();
    }

    @Override
    public long notBefore() {
        if (fiber.busy()) {
            return fiber.waiting().notBefore();
        }
        Waits next = waits;
        return next == null || next.on() == Waits.On.END ? 0 : next.untilMillis();
    }

    @Override
    public String waitsFor() {
        return fiber.busy() ? fiber.waiting().what() : core.status() + ", " + waits;
    }

    @Override
    public void step() {
        if (!fiber.busy()) {
            fiber.begin(() -> waits = core.step());
        }
        fiber.resume();
        if (!fiber.busy()) {
            check();
        }
    }

    private void check() {
        if (engine.broken != null) {
            throw engine.broken;
        }
        if (Objects.requireNonNull(waits).on() == Waits.On.END) {
            throw new Violation(Invariant.NO_ERROR, name() + " has ended: " + core.status());
        }
        FollowedState state = core.state();
        if (state == null) {
            return;
        }
        EmbeddingStore store = state.store();
        if (store != seen) {
            begins(state);
        } else if (store.tick() < seenTick) {
            throw new Violation(
                    Invariant.FAITHFUL_FOLLOWER,
                    name() + " went from tick " + seenTick + " back to tick " + store.tick());
        }
        if (store.tick() != seenTick || store != seen) {
            world.invariants().followed(name(), store);
        }
        seen = store;
        seenTick = store.tick();
        if (FOLLOWS.contains(core.status().state()) && engine.tick != store.tick()) {
            throw new Violation(
                    Invariant.FAITHFUL_FOLLOWER,
                    name() + " follows with an engine at tick " + engine.tick + " and a store at tick " + store.tick());
        }
    }

    private void begins(FollowedState state) {
        world.trace(this, "follows from tick " + state.store().tick() + ", snapshot " + state.snapshot());
        bootstraps++;
        if (seen != null && !excused && world.restarts() == 0) {
            throw new Violation(
                    Invariant.FAITHFUL_FOLLOWER,
                    name() + " gave up the feed at tick " + seenTick + ", and nothing was wrong with it");
        }
    }

    /** What would answer: it only knows at which tick it is. */
    private final class Engine implements FollowerEngine {
        private long tick = -2;
        private long feedSeen = -1;
        private @Nullable Throwable failure;
        private @Nullable Violation broken;

        /** Whether the feed has records that the last poll did not see. */
        private boolean feedGrew() {
            return world.feed().end() > feedSeen;
        }

        @Override
        public void install(ModelConfig model, EntityIds ids, StateView view, Version version) {
            tick = version.tick();
        }

        @Override
        public void advance(TickChanges changes, StateView view, Version version) {
            if (world.takes(Fault.Kind.ENGINE_FAILS)) {
                if (world.mutation() == Mutation.FAILED_ADVANCE_SKIPPED) {
                    return;
                }
                throw new IllegalStateException("the engine does not take tick " + version.tick());
            }
            if (version.tick() <= tick || changes.tick() != version.tick()) {
                // The core would take an exception for the engine's.
                broken = new Violation(
                        Invariant.FAITHFUL_FOLLOWER,
                        "the engine of " + name() + " went from tick " + tick + " to " + version.tick());
            }
            tick = version.tick();
        }

        @Override
        public void uninstall() {
            tick = -2;
        }

        @Override
        public void fail(Throwable cause) {
            failure = cause;
        }

        @Override
        public @Nullable Throwable failure() {
            return failure;
        }
    }

    /** The feed as its consumer sees it. */
    private final class Feed implements FeedLog {
        private final Engine mine = engine;
        private long position;

        @Override
        public String name() {
            return "the broker";
        }

        @Override
        public void seek(long offset) {
            position = offset;
        }

        @Override
        public List<Entry> poll() {
            long end = world.feed().end();
            if (position < world.feed().start() || position > end) {
                throw new Lost("offset " + position + " is not in the feed, which has "
                        + world.feed().start() + " to " + end);
            }
            List<Entry> some = new ArrayList<>();
            for (int n = 1 + world.random().nextInt(12); n > 0 && position < end; n--) {
                byte[] frame = world.feed().frame(position);
                some.add(new Entry(
                        position,
                        world.mutation() == Mutation.FOREIGN_FRAMES_ACCEPTED
                                ? Forgery.adopted(frame, core.status().incarnation())
                                : frame));
                position++;
            }
            mine.feedSeen = position;
            return some;
        }

        @Override
        public Reach reach() {
            return new Reach(world.now(), world.feed().start(), world.feed().end(), "changes", "");
        }

        @Override
        public void close() {
            // It is the topic's.
        }
    }
}
