package io.freshet.verification.simulation;

import io.freshet.model.ModelConfig;
import io.freshet.schema.EntityIds;
import io.freshet.serving.Version;
import io.freshet.serving.follower.FollowedState;
import io.freshet.serving.follower.FollowerCore;
import io.freshet.serving.follower.FollowerEngine;
import io.freshet.serving.follower.FollowerRules;
import io.freshet.serving.follower.FollowerStatus;
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
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A follower's process: the product's {@link FollowerCore} with a copy of the state that outlives it. */
final class FollowerTask implements Actor {
    private static final FollowerRules RULES = new FollowerRules(800, 150, 600, 3, 1 << 30);
    private static final Set<State> FOLLOWS = EnumSet.of(State.CONNECTING, State.CATCHING_UP, State.FOLLOWING);

    private final World world;
    private final int number;
    private final FollowerCopies copies;
    private Fiber fiber;
    private Engine engine = new Engine();
    private FollowedFeed feed;
    private FollowerCore core;
    private @Nullable Waits waits;
    private @Nullable EmbeddingStore seen;
    private long seenTick = -1;
    private long reentries;
    /** Whether something was wrong with the feed since it was current last. */
    private boolean excused;

    private int bootstraps;

    FollowerTask(World world, int number) {
        this.world = world;
        this.number = number;
        copies = new FollowerCopies(world, name());
        fiber = world.fibers().take();
        feed = new FollowedFeed(world, 0, this::incarnation);
        core = started();
    }

    private long incarnation() {
        return core.status().incarnation();
    }

    private FollowerCore started() {
        engine = new Engine();
        reentries = 0;
        waits = null;
        seen = null;
        return new FollowerCore(feed, copies, engine, world::now, RULES);
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
        feed = new FollowedFeed(world, feed.isolatedUntil(), this::incarnation);
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

    /** Until then no broker answers it. */
    void isolate(long until) {
        feed.isolate(until);
    }

    /** Whether it stands where a learner stands, says that it is current, and its engine with it. */
    boolean isAt(EmbeddingStore learned) {
        FollowedState state = core.state();
        return !fiber.busy()
                && state != null
                && core.status().ready()
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
                || next.on() == Waits.On.FEED && feed.grew();
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
        Violation broken = engine.broken != null ? engine.broken : copies.broken();
        if (broken != null) {
            throw broken;
        }
        FollowerStatus status = core.status();
        if (Objects.requireNonNull(waits).on() == Waits.On.END) {
            throw new Violation(Invariant.NO_ERROR, name() + " has ended: " + status);
        }
        complains(status.problem());
        if (status.counts().reentries() > reentries) {
            requireExcuse("entered the feed again");
            reentries = status.counts().reentries();
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
        stands(status, store);
    }

    /** What it says that failed must be what a fault made fail. */
    private void complains(String problem) {
        boolean planned;
        if (problem.startsWith("following failed")) {
            planned = false;
        } else if (problem.startsWith("the feed at") && problem.contains("cannot be read: ")) {
            planned = Stream.of(FollowedFeed.FAILS, FollowedFeed.MISSING, FollowedFeed.SILENT)
                    .anyMatch(problem::endsWith);
        } else if (problem.startsWith("the engine did not take")) {
            planned = problem.contains(Engine.FAILS);
        } else {
            planned = true;
        }
        if (!planned) {
            throw new Violation(
                    Invariant.NO_ERROR, name() + " says '" + problem + "', and nothing was planned to fail");
        }
        if (problem.startsWith("the feed cannot be followed")) {
            requireExcuse("gave up the feed: " + problem);
        }
    }

    private void requireExcuse(String what) {
        if (!excused) {
            throw new Violation(
                    Invariant.FAITHFUL_FOLLOWER,
                    name() + " at tick " + seenTick + " " + what + "; and nothing was wrong with it since it was"
                            + " current");
        }
    }

    /** Where it says that it stands. */
    private void stands(FollowerStatus status, EmbeddingStore store) {
        if (FOLLOWS.contains(status.state()) && engine.tick != store.tick()) {
            throw new Violation(
                    Invariant.FAITHFUL_FOLLOWER,
                    name() + " follows with an engine at tick " + engine.tick + " and a store at tick " + store.tick());
        }
        if (status.state() != State.FOLLOWING) {
            return;
        }
        if (!feed.isCurrent(status.position(), RULES.currentMillis())) {
            throw new Violation(
                    Invariant.FAITHFUL_FOLLOWER,
                    name() + " says that it is connected and current, and it is not: " + status);
        }
        // What was wrong before explains nothing that comes now.
        excused &= !isSettled(status, store);
    }

    /**
     * Whether it stands where the running learner stands, and no frames are under way. A feed that has nothing, such as
     * one that was made again, proves nothing: whoever enters it may leave it for a newer learner's snapshot.
     */
    private boolean isSettled(FollowerStatus status, EmbeddingStore store) {
        LearnerTask leader = world.job().learners().get(0);
        return world.job().running()
                && leader.incarnation() == status.incarnation()
                && leader.tick() == store.tick()
                && status.position() == world.feed().end()
                && world.feed().start() < world.feed().end()
                && !world.feed().isMissing()
                && world.feed().isCalm();
    }

    private void begins(FollowedState state) {
        world.trace(this, "follows from tick " + state.store().tick() + ", snapshot " + state.snapshot());
        bootstraps++;
        if (seen != null) {
            requireExcuse("left its state for a snapshot");
        }
    }

    /** What would answer: it only knows at which tick it is. */
    private final class Engine implements FollowerEngine {
        private static final String FAILS = "the engine does not take tick ";

        private long tick = -2;
        private @Nullable Throwable failure;
        private @Nullable Violation broken;

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
                throw new IllegalStateException(FAILS + version.tick());
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
            if (tick >= 0 && world.plants(Mutation.FOLLOWER_STEP_THROWS)) {
                throw new NullPointerException("planted");
            }
            return failure;
        }
    }
}
