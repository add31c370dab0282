package io.freshet.verification.simulation;

import io.freshet.job.core.Accepted;
import io.freshet.job.core.PermanentFailure;
import io.freshet.job.source.LogSplit;
import io.freshet.store.EmbeddingStore;
import io.freshet.verification.simulation.log.LogScript;
import io.freshet.verification.simulation.log.SimulatedLog;
import io.freshet.verification.simulation.reference.Reference;
import io.freshet.verification.simulation.schedule.Actor;
import io.freshet.verification.simulation.schedule.Environment;
import io.freshet.verification.simulation.schedule.FiberPool;
import io.freshet.verification.simulation.schedule.InjectedFault;
import io.freshet.verification.simulation.schedule.Mutation;
import io.freshet.verification.simulation.schedule.Upload;
import io.freshet.verification.simulation.schedule.Violation;
import io.freshet.verification.simulation.schedule.Violation.Invariant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** All there is in one schedule: the log, the job, the repository, the feed, the followers, and fake time. */
final class World extends Environment {
    private static final int[] PARALLELISM = {1, 2, 4};

    /**
     * What schedules of one log share.
     *
     * @param log what is written first
     * @param other what is written into the topic when it was made again
     * @param reference undisturbed runs
     */
    record Prepared(LogScript log, LogScript other, Reference reference) {}

    private final Prepared prepared;
    private final SimulatedLog log;
    private final Disk disk;
    private final ChangeTopic feed;
    private final Checkpoints checkpoints;
    private final Invariants invariants;
    private final List<FollowerTask> followers = new ArrayList<>();
    private final List<Upload> uploads = new ArrayList<>();
    private final List<Actor> actors = new ArrayList<>();
    private final List<Reference.Gone> gone = new ArrayList<>();
    private final Refusals refusals = new Refusals(this);
    private final int keepSnapshots;
    private final boolean drains;
    private Reference.Node startsFrom;
    private int startsIn;
    private Job job;
    private int restarts;

    World(long seed, Prepared prepared, Mutation mutation, FiberPool fibers, @Nullable List<String> trace) {
        super(seed, mutation, fibers, trace);
        this.prepared = prepared;
        keepSnapshots = 1 + random().nextInt(3);
        drains = random().nextInt(4) == 0;
        startsFrom = prepared.reference().root();
        log = new SimulatedLog(this, prepared.log());
        disk = new Disk(this, 2 << random().nextInt(6));
        feed = new ChangeTopic(this);
        checkpoints = new Checkpoints(this, 40 + random().nextInt(700));
        invariants = new Invariants(this);
        actors.add(log);
        actors.add(feed);
        actors.add(checkpoints);
        for (int number = random().nextInt(2); number >= 0; number--) {
            followers.add(new FollowerTask(this, number));
        }
        actors.addAll(followers);
        job = start(PARALLELISM[random().nextInt(3)]);
    }

    private Job start(int parallelism) {
        Checkpoints.Completed from = checkpoints.completed();
        trace("the job starts with " + parallelism + " learners from "
                + (from == null ? "nothing" : "checkpoint " + from.id())
                + (accept().isEmpty() ? "" : " and accepts " + accept()));
        startsFrom = from == null
                ? prepared.reference().root()
                : invariants.known(disk.still().load(from.snapshot()));
        startsIn = log.epoch();
        invariants.rewound(startsFrom.tick());
        Job started = new Job(this, parallelism, from);
        actors.addAll(started.actors());
        return started;
    }

    /** The job dies and is started again after a while. */
    boolean kill(int argument) {
        if (job.dead() || job.done()) {
            return false;
        }
        SplittableRandom how = new SplittableRandom(argument);
        trace("THE JOB DIES");
        actors.removeAll(job.actors());
        feed.orphan(how);
        for (Upload upload : List.copyOf(uploads)) {
            upload.orphan();
            if (how.nextInt(3) > 0) {
                end(upload);
            }
        }
        job.die();
        checkpoints.forget();
        excuseFollowers();
        restarts++;
        actors.add(new Restart(this, now() + how.nextInt(300), PARALLELISM[how.nextInt(3)]));
        return true;
    }

    /** A part of the job failed: for a planned reason, or since the log is not what it was; all else is a bug. */
    void failed(Actor actor, Throwable failure) {
        if (failure instanceof Violation violation) {
            throw violation;
        }
        if (failure instanceof PermanentFailure) {
            trace("the job is refused: " + failure.getMessage());
            refusals.refused(actor, failure);
        } else if (!InjectedFault.causes(failure)) {
            throw new Violation(Invariant.NO_ERROR, "the job fails: " + failure, failure);
        } else {
            trace("the job fails: " + failure);
        }
        kill(random().nextInt(1 << 30));
    }

    /** Starts the job again after a while. */
    private record Restart(World world, long notBefore, int parallelism) implements Actor {
        @Override
        public String name() {
            return "restart";
        }

        @Override
        public boolean ready() {
            return world.now() >= notBefore;
        }

        @Override
        public void step() {
            world.actors.remove(this);
            world.job = world.start(parallelism);
        }
    }

    /** What is wrong with the feed is a reason for followers to leave it, until they are current again. */
    void excuseFollowers() {
        followers.forEach(FollowerTask::excuse);
    }

    List<FollowerTask> followers() {
        return followers;
    }

    void begin(Upload upload) {
        uploads.add(upload);
        actors.add(upload);
    }

    private void end(Upload upload) {
        upload.die();
        uploads.remove(upload);
        actors.remove(upload);
    }

    /** After every step. */
    void settle() {
        for (int i = uploads.size() - 1; i >= 0; i--) {
            if (uploads.get(i).ended()) {
                end(uploads.get(i));
            }
        }
        invariants.afterStep();
    }

    /** Whether an actor is a part of the job, and may fail with it. */
    boolean isOfJob(Actor actor) {
        return actor instanceof Upload || job.actors().contains(actor);
    }

    /** The beginning of a partition is deleted: mostly what the last checkpoint has, now and then more. */
    boolean trimLog(int argument) {
        if (log.script().strict()) {
            return false;
        }
        int partition = argument % log.script().parts().size();
        long needed = 0;
        Checkpoints.Completed completed = checkpoints.completed();
        if (completed != null) {
            for (LogSplit split : completed.source()) {
                needed = split.partition() == partition ? split.position() : needed;
            }
        }
        long to = argument / 7 % 3 == 0 ? needed + argument % 5 : needed;
        log.trim(partition, to);
        return true;
    }

    /** The topic is deleted, and made again for another log. */
    boolean makeTopicAgain() {
        // A job that has read all and ends looks at the log no more.
        if (log.script().strict() || log.epoch() > 0 || job.source().ended()) {
            return false;
        }
        log.makeAgain(prepared.other());
        return true;
    }

    /** Whether the job and its followers have reached the end of the log. */
    boolean done() {
        if (job.dead() || !job.running() || !job.source().read()) {
            return false;
        }
        if (!job.learners().stream().allMatch(LearnerTask::idle) || drains && !job.done()) {
            return false;
        }
        Long last = log.epoch() > 0 ? null : invariants.lastOfClocks();
        if (last != null && job.learners().get(0).tick() != last || invariants.missing() != null) {
            return false;
        }
        EmbeddingStore learned = job.learners().get(0).state();
        return followers.stream().allMatch(follower -> follower.isAt(learned));
    }

    /** Everything that still runs ends. */
    void close() {
        for (Upload upload : List.copyOf(uploads)) {
            end(upload);
        }
        if (!job.dead()) {
            job.die();
        }
        followers.forEach(FollowerTask::end);
        disk.close();
    }

    /** Offsets are gone before they were read. */
    void goneUpTo(int partition, long from, long to) {
        Reference.Gone one = new Reference.Gone(log.epoch(), partition, from, to);
        if (!gone.contains(one)) {
            gone.add(one);
            trace("gone before they were read: " + one);
        }
    }

    boolean isGone(int epoch, int partition, long offset) {
        return gone.stream().anyMatch(one -> one.has(epoch, partition, offset));
    }

    List<Reference.Gone> gone() {
        return gone;
    }

    /** The state that the present run of the job started from. */
    Reference.Node startsFrom() {
        return startsFrom;
    }

    /** Number of the log that the present run of the job reads. */
    int startsIn() {
        return startsIn;
    }

    /** Whether nothing was accepted that changes what is published. */
    boolean isWhole() {
        return accept().isEmpty();
    }

    int restarts() {
        return restarts;
    }

    int refusals() {
        return refusals.count();
    }

    List<Actor> actors() {
        return actors;
    }

    SimulatedLog log() {
        return log;
    }

    Reference reference() {
        return prepared.reference();
    }

    Disk disk() {
        return disk;
    }

    ChangeTopic feed() {
        return feed;
    }

    Checkpoints checkpoints() {
        return checkpoints;
    }

    Invariants invariants() {
        return invariants;
    }

    Job job() {
        return job;
    }

    Set<Accepted> accept() {
        return refusals.accepted();
    }

    boolean drains() {
        return drains;
    }

    int keepSnapshots() {
        return keepSnapshots;
    }
}
