package io.freshet.serving.follower;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/** Where followed states come from: the follower's own directory, and the repository of snapshots. */
public interface FollowerStores {
    /** Names the repository for people. */
    String address();

    /** The state that an earlier process left, if it is whole. */
    Optional<FollowedState> reopen() throws IOException;

    /**
     * Restores the newest committed snapshot that is whole.
     *
     * @param spent name of a snapshot that cannot be followed from, empty for none: neither it nor an older one is
     *     restored
     * @return empty if there is none
     * @throws IllegalStateException naming what is damaged, if no committed snapshot can be restored
     */
    Optional<FollowedState> bootstrap(String spent) throws IOException;

    /**
     * Whether a snapshot is committed of what was learned later.
     *
     * @param incarnation start of the learner that is followed
     * @param tick its last tick that is known
     */
    boolean hasLater(long incarnation, long tick) throws IOException;

    /** The last learner that opened the repository; empty if it does not count its learners. */
    OptionalLong lastIncarnation() throws IOException;
}
