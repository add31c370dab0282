package io.freshet.serving.follower;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Where a follower stands.
 *
 * @param state what it does
 * @param tick last tick in its store; -1 before the first
 * @param incarnation start of the learner that it follows; -1 if none
 * @param position next offset of the feed to read
 * @param behind records between the position and the feed's end, as far as is known
 * @param counts what happened since the start of the process
 * @param problem what it waits for, or why; empty if nothing is wrong
 */
public record FollowerStatus(
        State state, long tick, long incarnation, long position, long behind, Counts counts, String problem) {
    /** States; {@link FollowerCore} draws the transitions. */
    public enum State {
        /** It has no state to follow with: a snapshot, or the engine, is being loaded or waited for. */
        WAITING,
        /** The brokers have not been reached within the last seconds. */
        CONNECTING,
        /** Records of the feed are there that it has not applied. */
        CATCHING_UP,
        /** It had everything that the feed had, a few seconds ago at most. */
        FOLLOWING,
        /** An error ended it for good. */
        FAILED,
        /** It was closed. */
        CLOSED;

        /** Whether a move is drawn in the table. */
        boolean mayBecome(State next) {
            Set<State> allowed = switch (this) {
                case WAITING -> EnumSet.of(WAITING, CONNECTING, FAILED, CLOSED);
                case CONNECTING, CATCHING_UP, FOLLOWING -> EnumSet.allOf(State.class);
                case FAILED -> EnumSet.of(CLOSED);
                case CLOSED -> EnumSet.noneOf(State.class);
            };
            return allowed.contains(next);
        }
    }

    /**
     * What happened since the start of the process.
     *
     * @param applied ticks applied
     * @param verified ticks that came again and were compared
     * @param fenced frames dropped that replaced learners had sent
     * @param hostile records dropped that no learner can have sent
     * @param unknown frames dropped whose learner never opened the repository
     * @param foreign frames dropped of other repositories, by repository; beyond 16 under {@code others}
     * @param bootstraps times that the state was loaded from a snapshot
     * @param reinstalls times that the engine was loaded again because it had failed to take a tick
     * @param reentries times that the position was no longer in the feed, which was entered again at its beginning
     */
    public record Counts(
            long applied,
            long verified,
            long fenced,
            long hostile,
            long unknown,
            Map<String, Long> foreign,
            long bootstraps,
            long reinstalls,
            long reentries) {
        /** Before anything happened. */
        public static final Counts NONE = new Counts(0, 0, 0, 0, 0, Map.of(), 0, 0, 0);

        public Counts {
            foreign = Map.copyOf(new TreeMap<>(foreign));
        }
    }

    /** Whether queries should be sent here: connected and current. */
    public boolean ready() {
        return state == State.FOLLOWING;
    }
}
