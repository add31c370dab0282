package io.freshet.serving;

/**
 * Where a follower stands.
 *
 * @param state what it does
 * @param tick last tick in its store
 * @param incarnation start of the learner that it follows
 * @param applied ticks applied since the start of the process
 * @param verified ticks that came again and were compared
 * @param fenced frames of replaced learners dropped
 * @param bootstraps times that the state was loaded from a snapshot
 * @param problem why it bootstrapped last, or what it waits for; empty if nothing is wrong
 */
public record FollowerStatus(
        State state,
        long tick,
        long incarnation,
        long applied,
        long verified,
        long fenced,
        long bootstraps,
        String problem) {
    /** States; {@link Follower} draws the transitions. */
    public enum State {
        WAITING,
        FOLLOWING,
        CLOSED
    }
}
