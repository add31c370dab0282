package io.freshet.benchmarks.simulation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One start of the job: its source and learners. Whoever of them dies, all die. */
final class Job {
    private final Source source;
    private final List<LearnerTask> learners = new ArrayList<>();
    private boolean done;
    private boolean dead;

    Job(World world, int parallelism, Checkpoints.@Nullable Completed from) {
        boolean waits = world.mutation() != Mutation.EXCHANGE_DOES_NOT_WAIT;
        Meeting meeting =
                new Meeting(parallelism, waits, learner -> learners.get(learner).pause());
        for (int subtask = 0; subtask < parallelism; subtask++) {
            learners.add(new LearnerTask(world, subtask, meeting, from));
        }
        source = new Source(world, learners, from == null ? null : from.source());
    }

    Source source() {
        return source;
    }

    List<LearnerTask> learners() {
        return learners;
    }

    /** Whether every task has opened; checkpoints begin then. */
    boolean running() {
        return !dead && learners.stream().allMatch(LearnerTask::isOpen);
    }

    /** The log ended and the last checkpoint is complete. */
    void finish() {
        done = true;
    }

    boolean done() {
        return done;
    }

    boolean dead() {
        return dead;
    }

    void die() {
        dead = true;
        learners.forEach(LearnerTask::die);
    }

    byte[] stateDigest() {
        return LaneLearner.stateDigest(
                learners.stream().map(LearnerTask::learner).toList());
    }
}
