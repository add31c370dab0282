package io.freshet.verification.simulation.schedule;

/** An invariant that does not hold. */
public final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What must hold after every step. */
    public enum Invariant {
        /** A lane's digest after a tick is what one learner that nothing disturbs makes of the same cut of the log. */
        SAME_BITS,
        /** A cut is legal: prefixes in order, no event before its clock's tick; where only clocks cut, their cut. */
        LEGAL_CUT,
        /** A tick that the feed had when the log was read again is cut again as it was, with its bits. */
        REPEATED,
        /** Every accepted event of the log was learned once. */
        EXACTLY_ONCE,
        /** A follower stands at whole ticks of the learner's, its engine with it, and never goes back by itself. */
        FAITHFUL_FOLLOWER,
        /** A committed snapshot is whole; what a completed checkpoint names can be restored. */
        RESTORABLE,
        /** Records that are gone, and another log, are refused unless the start accepts them. */
        REFUSED,
        /** Nobody waits for ever, and a partition that says nothing holds nobody for long. */
        PROGRESS,
        /** Records of open ticks stay bounded. */
        BOUNDED,
        /** The product's own checks do not fail. */
        NO_ERROR
    }

    private final Invariant invariant;

    public Violation(Invariant invariant, String message) {
        super(invariant + ": " + message);
        this.invariant = invariant;
    }

    public Violation(Invariant invariant, String message, Throwable cause) {
        super(invariant + ": " + message, cause);
        this.invariant = invariant;
    }

    /** Which one. */
    public Invariant invariant() {
        return invariant;
    }
}
