package io.freshet.verification.simulation.schedule;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Something that goes wrong.
 *
 * @param kind what
 * @param at step before which it happens, or the first one later at which it can
 * @param argument decides what the kind leaves open
 */
public record Fault(Kind kind, int at, int argument) {
    /** What goes wrong. */
    public enum Kind {
        /** The job dies, and starts again from the last completed checkpoint with another number of learners. */
        JOB_DIES,
        /** A follower's process dies and starts again on what it has on disk. */
        FOLLOWER_DIES,
        /** A follower starts with an empty disk. */
        FOLLOWER_LOSES_ITS_DISK,
        /** The engine fails to take a tick that the follower's store has. */
        ENGINE_FAILS,
        /** The repository refuses a few operations of whoever comes next. */
        REPOSITORY_FAILS,
        /** An operation of the repository takes very long. */
        REPOSITORY_HANGS,
        /** The running checkpoint is aborted. */
        CHECKPOINT_ABORTED,
        /** The next notification to a learner is lost. */
        NOTIFICATION_LOST,
        /** The broker takes nothing of the change feed for a while. */
        FEED_BLOCKED,
        /** The broker drops the beginning of the change feed. */
        FEED_TRIMMED,
        /** The topic of the change feed is deleted, missing for a while, and made again under its name. */
        FEED_MADE_AGAIN,
        /** No broker of the change feed answers a follower for a while. */
        FEED_UNREACHABLE,
        /** A follower's consumer of the change feed fails a few times. */
        FEED_READ_FAILS,
        /** A record of the change feed is written twice. */
        FEED_REPEATS,
        /** Another repository's learner writes a frame into the change feed. */
        FOREIGN_FRAME,
        /** Retention deletes the beginning of a partition of the log. */
        LOG_TRIMMED,
        /** The log's topic is deleted and made again under its name. */
        TOPIC_MADE_AGAIN,
        /** Somebody stands still for a while. */
        PAUSE
    }

    /** Faults of a seed: from none to a dozen, at random steps. */
    public static List<Fault> plan(long seed, int steps) {
        SplittableRandom random = new SplittableRandom(seed ^ 0x5fa017L);
        List<Fault> faults = new ArrayList<>();
        Kind[] kinds = Kind.values();
        for (int n = random.nextInt(13); n > 0; n--) {
            // Deaths are what everything else is for.
            Kind kind = random.nextInt(3) == 0 ? Kind.JOB_DIES : kinds[random.nextInt(kinds.length)];
            faults.add(new Fault(kind, random.nextInt(steps), random.nextInt(1 << 30)));
        }
        faults.sort(Comparator.comparingInt(Fault::at));
        return List.copyOf(faults);
    }

    @Override
    public String toString() {
        return kind + "@" + at;
    }
}
