package io.freshet.benchmarks.simulation;

/** An invariant that does not hold. */
public final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What must hold after every step. */
    public enum Invariant {
        /** A lane's digest after a tick is that of the undisturbed run. */
        SAME_BITS,
        /** Every accepted event of the log was learned once, in the tick that its partition's prefix gives it. */
        EXACTLY_ONCE,
        /** A follower stands at whole ticks of the learner's, never goes back, and never loses its way by itself. */
        FAITHFUL_FOLLOWER,
        /** A committed snapshot is whole; what a completed checkpoint names can be restored. */
        RESTORABLE,
        /** Nobody waits for ever: when the faults have stopped, the job and its followers reach the log's end. */
        PROGRESS,
        /** The product's own checks do not fail. */
        NO_ERROR
    }

    private final Invariant invariant;

    Violation(Invariant invariant, String message) {
        super(invariant + ": " + message);
        this.invariant = invariant;
    }

    Violation(Invariant invariant, String message, Throwable cause) {
        super(invariant + ": " + message, cause);
        this.invariant = invariant;
    }

    /** Which one. */
    public Invariant invariant() {
        return invariant;
    }
}
