package io.freshet.verification.simulation;

import io.freshet.job.core.LearnerCore;
import io.freshet.verification.simulation.schedule.Actor;
import io.freshet.verification.simulation.schedule.FiberExchange;
import io.freshet.verification.simulation.schedule.Mutation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One run of the job, from a checkpoint or from nothing, to its death or its end. */
final class Job {
    private final World world;
    private final Source source;
    private final List<LearnerTask> learners = new ArrayList<>();
    private final List<Actor> actors = new ArrayList<>();
    private final String topicId;
    private final Checkpoints.@Nullable Completed from;
    private boolean dead;
    private boolean done;

    Job(World world, int parallelism, Checkpoints.@Nullable Completed from) {
        this.world = world;
        this.from = from;
        topicId = world.log().id();
        FiberExchange meeting = new FiberExchange(parallelism, world.mutation() != Mutation.AGREEMENT_SKIPPED);
        LearnerCore.Checkpoint checkpoint = from == null ? null : new LearnerCore.Checkpoint(from.entries());
        Former former = Former.of(from, topicId);
        for (int subtask = 0; subtask < parallelism; subtask++) {
            learners.add(new LearnerTask(world, subtask, meeting.exchange(subtask), checkpoint, former));
        }
        source = new Source(world, this, from);
        actors.add(source);
        actors.addAll(source.helpers());
        learners.forEach(learner -> actors.addAll(learner.actors()));
    }

    /** Id of the topic when it was submitted. */
    String topicId() {
        return topicId;
    }

    /** What it started from; null: nothing. */
    Checkpoints.@Nullable Completed from() {
        return from;
    }

    Source source() {
        return source;
    }

    List<LearnerTask> learners() {
        return learners;
    }

    /** All that goes on in it. */
    List<Actor> actors() {
        return actors;
    }

    /** Whether it drains the log: what is open at the log's end is closed, and the job ends. */
    boolean drains() {
        return world.drains();
    }

    /** Whether checkpoints can be taken. */
    boolean running() {
        return !dead && source.isOpen() && learners.stream().allMatch(LearnerTask::isOpen);
    }

    boolean isLeader(ChangeTopic.Sender sender) {
        return !dead && learners.get(0).sender() == sender;
    }

    boolean dead() {
        return dead;
    }

    void finish() {
        done = true;
    }

    boolean done() {
        return done;
    }

    void die() {
        dead = true;
        learners.forEach(LearnerTask::die);
    }
}
