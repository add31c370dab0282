package io.freshet.serving.follower;

import io.freshet.store.codec.LaneDigests;
import io.freshet.store.snapshot.Manifest;
import java.io.IOException;
import java.util.List;
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
     * A committed snapshot.
     *
     * @param id name
     * @param incarnation start of the learner that cut it
     * @param tick its last tick
     * @param chains chained digest of every lane as of that tick, 64 hexadecimal digits each
     */
    record Committed(String id, long incarnation, long tick, List<String> chains) {
        /** What a manifest says. */
        public static Committed of(Manifest manifest) {
            return new Committed(
                    manifest.id(),
                    manifest.incarnation(),
                    manifest.tick(),
                    manifest.lanes().stream().map(LaneDigests::chain).toList());
        }
    }

    /** The newest committed snapshot; empty if there is none. */
    Optional<Committed> newest() throws IOException;

    /** The last learner that opened the repository; empty if it does not count its learners. */
    OptionalLong lastIncarnation() throws IOException;
}
