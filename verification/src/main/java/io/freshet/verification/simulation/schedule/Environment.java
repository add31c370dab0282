package io.freshet.verification.simulation.schedule;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What everybody in one schedule shares: fake time, choices, the planted bug, armed faults, fibers and the trace. */
public class Environment {
    private final Mutation mutation;
    private final FiberPool fibers;
    private final @Nullable List<String> trace;
    private final SplittableRandom random;
    private final Map<Fault.Kind, Integer> armed = new EnumMap<>(Fault.Kind.class);
    private long now;
    private boolean planted;

    /**
     * An environment at time 0.
     *
     * @param seed of all choices
     * @param mutation the planted bug
     * @param fibers where routines that can pause come from
     * @param trace takes what happens, line by line; null for nobody
     */
    protected Environment(long seed, Mutation mutation, FiberPool fibers, @Nullable List<String> trace) {
        this.mutation = mutation;
        this.fibers = fibers;
        this.trace = trace;
        random = new SplittableRandom(seed);
    }

    /** Fake time, ms since the schedule began. */
    public long now() {
        return now;
    }

    /** Moves time on by at least 1 ms, to {@code to} if that is later. */
    public void advance(long to) {
        now = Math.max(now + 1, to);
    }

    /** The one source of choices. */
    public SplittableRandom random() {
        return random;
    }

    /** The planted bug. */
    public Mutation mutation() {
        return mutation;
    }

    /** Whether the planted bug is this one, and shows now; it shows once, at a random time. */
    public boolean plants(Mutation once) {
        boolean shows = mutation == once && !planted && random.nextInt(8) == 0;
        planted |= shows;
        return shows;
    }

    /** Routines that can pause. */
    public FiberPool fibers() {
        return fibers;
    }

    /** Arms a fault that happens when somebody comes to it. */
    public void arm(Fault.Kind kind, int times) {
        armed.merge(kind, times, Integer::sum);
    }

    /** Whether an armed fault happens now; it is spent then. */
    public boolean takes(Fault.Kind kind) {
        Integer count = armed.get(kind);
        if (count == null) {
            return false;
        }
        armed.put(kind, count - 1);
        armed.remove(kind, 0);
        trace(kind + " happens");
        return true;
    }

    /** Whether somebody reads the trace. */
    public boolean traces() {
        return trace != null;
    }

    /** Writes down what an actor does. */
    public void trace(Actor who, String what) {
        if (trace != null) {
            trace.add(now + " " + who.name() + " " + what);
        }
    }

    /** Writes down what happens. */
    public void trace(String what) {
        if (trace != null) {
            trace.add(now + " " + what);
        }
    }
}
