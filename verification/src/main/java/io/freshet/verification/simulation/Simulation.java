package io.freshet.verification.simulation;

import io.freshet.verification.simulation.forgery.Forgery;
import io.freshet.verification.simulation.log.LogGenerator;
import io.freshet.verification.simulation.log.LogScript;
import io.freshet.verification.simulation.reference.Reference;
import io.freshet.verification.simulation.schedule.Actor;
import io.freshet.verification.simulation.schedule.Fault;
import io.freshet.verification.simulation.schedule.FiberPool;
import io.freshet.verification.simulation.schedule.Mutation;
import io.freshet.verification.simulation.schedule.Violation;
import io.freshet.verification.simulation.schedule.Violation.Invariant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Runs schedules: who takes the next step, and what goes wrong when, are functions of the seed. */
public final class Simulation implements AutoCloseable {
    private static final int MOST_STEPS = 60_000;
    /** Faults happen in the first so many steps; a schedule without any needs about as many. */
    static final int FAULTY_STEPS = 900;
    /** Schedules that share a log and its undisturbed run. */
    private static final int SCHEDULES_PER_LOG = 4;

    /**
     * How a schedule ended.
     *
     * @param seed its seed
     * @param faults what was to go wrong, in order
     * @param struck how many of them came before the end
     * @param violation the invariant that did not hold; null if all held
     * @param fingerprint of all choices of the scheduler: equal for equal runs
     * @param steps steps taken
     * @param checks single checks of invariants
     * @param restarts starts of the job after the first
     * @param checkpoints checkpoints that were completed
     * @param bootstraps snapshots that followers restored
     * @param refusals starts and runs that were refused since the log was not what it had been
     */
    public record Outcome(
            long seed,
            List<Fault> faults,
            int struck,
            @Nullable Violation violation,
            long fingerprint,
            int steps,
            long checks,
            int restarts,
            int checkpoints,
            int bootstraps,
            int refusals) {}

    private final Mutation mutation;
    private final FiberPool fibers = new FiberPool();
    private final Map<Long, World.Prepared> prepared = new LinkedHashMap<>();

    /** @param mutation the planted bug, or {@link Mutation#NONE} */
    public Simulation(Mutation mutation) {
        this.mutation = mutation;
    }

    /** Runs the schedule of a seed. */
    public Outcome run(long seed) {
        return run(seed, Fault.plan(seed, FAULTY_STEPS), null);
    }

    /** Runs it again and writes down what happens. */
    public Outcome run(long seed, List<Fault> faults, @Nullable List<String> trace) {
        World world = new World(seed, prepared(seed / SCHEDULES_PER_LOG), mutation, fibers, trace);
        Schedule schedule = new Schedule(seed, world, faults);
        Violation violation = null;
        try {
            schedule.run();
        } catch (Violation e) {
            violation = e;
        } catch (RuntimeException e) {
            violation = new Violation(Invariant.NO_ERROR, e.toString(), e);
        } finally {
            world.close();
        }
        return new Outcome(
                seed,
                faults,
                schedule.nextFault,
                violation,
                schedule.fingerprint,
                schedule.steps,
                world.invariants().checks(),
                world.restarts(),
                world.checkpoints().count(),
                world.followers().stream().mapToInt(FollowerTask::bootstraps).sum(),
                world.refusals());
    }

    private World.Prepared prepared(long number) {
        World.Prepared known = prepared.get(number);
        if (known != null) {
            return known;
        }
        prepared.values().forEach(one -> one.reference().close());
        prepared.clear();
        LogScript log = LogGenerator.of(number);
        LogScript other = LogGenerator.again(number + 1_000_000_007L);
        World.Prepared made = new World.Prepared(log, other, new Reference(List.of(log, other)));
        prepared.put(number, made);
        return made;
    }

    /** Leaves out the faults without which a schedule still fails; gives the smallest failing run found. */
    public Outcome shrink(Outcome failed) {
        Outcome smallest = failed;
        for (int i = failed.faults().size() - 1; i >= 0; i--) {
            List<Fault> fewer = new ArrayList<>(smallest.faults());
            fewer.remove(i);
            Outcome outcome = run(failed.seed(), fewer, null);
            smallest = outcome.violation() != null ? outcome : smallest;
        }
        return smallest;
    }

    @Override
    public void close() {
        prepared.values().forEach(one -> one.reference().close());
        fibers.close();
    }

    /** One run: chooses, steps, checks. */
    private static final class Schedule {
        private final World world;
        private final List<Fault> faults;
        private final SplittableRandom random;
        private final Map<String, Integer> weights = new HashMap<>();
        private final Map<Actor, Long> pausedUntil = new IdentityHashMap<>();
        private int nextFault;
        private int steps;
        private long fingerprint;

        Schedule(long seed, World world, List<Fault> faults) {
            this.world = world;
            this.faults = faults;
            random = new SplittableRandom(seed ^ 0x5c4ed01eL);
        }

        void run() {
            while (!world.done()) {
                if (++steps > MOST_STEPS) {
                    throw new Violation(Invariant.PROGRESS, "no end after " + MOST_STEPS + " steps: " + waits());
                }
                faults();
                Actor next = next();
                world.advance(0);
                step(next);
                fingerprint = fingerprint * 31 + next.name().hashCode();
                world.settle();
            }
        }

        private void step(Actor actor) {
            boolean ofJob = world.isOfJob(actor);
            try {
                actor.step();
            } catch (RuntimeException | Error e) {
                if (!ofJob) {
                    throw e;
                }
                world.failed(actor, e);
            }
        }

        private void faults() {
            while (nextFault < faults.size() && faults.get(nextFault).at() <= steps) {
                strike(faults.get(nextFault++));
            }
        }

        private void strike(Fault fault) {
            int argument = fault.argument();
            switch (fault.kind()) {
                case JOB_DIES -> world.kill(argument);
                case FOLLOWER_DIES -> follower(argument).die(false);
                case FOLLOWER_LOSES_ITS_DISK -> follower(argument).die(true);
                case ENGINE_FAILS -> world.arm(fault.kind(), 1);
                case FOREIGN_FRAME ->
                    world.feed().write(argument % 3 == 0 ? Forgery.garbage() : Forgery.foreign(argument % 300));
                case REPOSITORY_FAILS -> world.arm(fault.kind(), 1 + argument % 3);
                case REPOSITORY_HANGS, NOTIFICATION_LOST -> world.arm(fault.kind(), 1);
                case CHECKPOINT_ABORTED -> world.checkpoints().abort("of no reason");
                case FEED_BLOCKED -> world.feed().block(world.now() + argument % 2000);
                case FEED_TRIMMED -> {
                    world.feed().trim(argument);
                    world.excuseFollowers();
                }
                case FEED_MADE_AGAIN -> {
                    world.feed().makeAgain(world.now() + argument % 1500);
                    world.excuseFollowers();
                    // Its producer loses what it has sent.
                    world.kill(argument);
                }
                case FEED_UNREACHABLE -> follower(argument).isolate(world.now() + argument % 3000);
                case FEED_READ_FAILS -> world.arm(fault.kind(), 1 + argument % 3);
                case FEED_REPEATS -> world.feed().repeatNext();
                case LOG_TRIMMED -> world.trimLog(argument);
                case TOPIC_MADE_AGAIN -> world.makeTopicAgain();
                case PAUSE -> {
                    Actor paused = world.actors().get(argument % world.actors().size());
                    pausedUntil.put(paused, world.now() + 50 + argument % 1000);
                }
            }
            world.trace("FAULT " + fault);
        }

        private FollowerTask follower(int argument) {
            return world.followers().get(argument % world.followers().size());
        }

        /** Chooses by weight among those that could go on; if nobody can yet, time passes. */
        private Actor next() {
            while (true) {
                int sum = 0;
                long soonest = Long.MAX_VALUE;
                List<Actor> able = new ArrayList<>();
                for (Actor actor : world.actors()) {
                    long paused = pausedUntil.isEmpty() ? 0 : pausedUntil.getOrDefault(actor, 0L);
                    if (paused > world.now()) {
                        soonest = Math.min(soonest, paused);
                    } else if (actor.ready()) {
                        able.add(actor);
                        sum += weight(actor);
                    } else if (actor.notBefore() > world.now()) {
                        soonest = Math.min(soonest, actor.notBefore());
                    }
                }
                if (!able.isEmpty()) {
                    return pick(able, random.nextInt(sum));
                }
                if (soonest == Long.MAX_VALUE) {
                    throw new Violation(Invariant.PROGRESS, "nobody can go on: " + waits());
                }
                world.advance(soonest);
            }
        }

        private Actor pick(List<Actor> able, int dice) {
            int left = dice;
            for (Actor actor : able) {
                left -= weight(actor);
                if (left < 0) {
                    return actor;
                }
            }
            throw new IllegalStateException("weights changed while choosing");
        }

        /** Every kind of actor is fast or slow for the whole schedule. */
        private int weight(Actor actor) {
            String name = actor.name();
            int blank = name.indexOf(' ');
            return weights.computeIfAbsent(blank < 0 ? name : name.substring(0, blank), kind -> 1 << random.nextInt(6));
        }

        private String waits() {
            StringBuilder text = new StringBuilder();
            for (Actor actor : world.actors()) {
                text.append(actor.name())
                        .append(actor.ready() ? " is ready" : " waits for " + actor.waitsFor())
                        .append("; ");
            }
            return text.toString();
        }
    }
}
