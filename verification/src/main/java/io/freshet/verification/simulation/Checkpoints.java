package io.freshet.verification.simulation;

import io.freshet.job.core.LearnerCore;
import io.freshet.job.source.LogSplit;
import io.freshet.verification.simulation.schedule.Actor;
import io.freshet.verification.simulation.schedule.Fault;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Flink's checkpoint coordinator: one checkpoint at a time, complete when everybody has acknowledged it. */
final class Checkpoints implements Actor {
    private static final long TIMEOUT = 3000;

    /**
     * What a restart goes on from.
     *
     * @param id number of the checkpoint
     * @param source state of the source
     * @param entries state of the learners
     * @param snapshot name of the snapshot that they name
     * @param feedEpoch number of the feed's topic that the source's offset of the feed is of
     */
    record Completed(long id, List<LogSplit> source, List<byte[]> entries, String snapshot, int feedEpoch) {
        /** Id of the log's topic. */
        String topicId() {
            return source.get(0).topicId();
        }
    }

    private static final class Pending {
        private final long id;
        private final long since;
        private final int learners;
        private final boolean last;
        private final List<byte[]> entries = new ArrayList<>();
        private @Nullable List<LogSplit> source;
        private int feedEpoch;

        Pending(long id, long since, int learners, boolean last) {
            this.id = id;
            this.since = since;
            this.learners = learners;
            this.last = last;
        }
    }

    private final World world;
    private final int pause;
    private @Nullable Pending pending;
    private @Nullable Completed completed;
    private long next = 1;
    private long notBefore;
    private int count;

    Checkpoints(World world, int pause) {
        this.world = world;
        this.pause = pause;
    }

    @Nullable
    Completed completed() {
        return completed;
    }

    int count() {
        return count;
    }

    @Override
    public String name() {
        return "checkpoints";
    }

    @Override
    public boolean ready() {
        return world.now() >= notBefore()
                && (pending != null || world.job().running() && !world.job().done());
    }

    @Override
    public long notBefore() {
        Pending running = pending;
        return running != null ? running.since + TIMEOUT : notBefore;
    }

    @Override
    public String waitsFor() {
        Pending running = pending;
        return running == null
                ? "the job to run"
                : "acknowledgements of checkpoint " + running.id + ": has " + running.entries.size() + " of "
                        + running.learners + " learners";
    }

    @Override
    public void step() {
        Pending running = pending;
        if (running != null) {
            abort(running.id, "it takes too long");
            return;
        }
        boolean last = world.job().learners().stream().allMatch(LearnerTask::ended);
        Pending begun = new Pending(next++, world.now(), world.job().learners().size(), last);
        pending = begun;
        world.trace(this, "checkpoint " + begun.id + " begins");
        world.job().source().barrier(begun.id);
    }

    void acknowledge(long id, List<LogSplit> state, int feedEpoch) {
        Pending running = pending;
        if (running != null && running.id == id) {
            running.source = state;
            running.feedEpoch = feedEpoch;
            complete(running);
        }
    }

    void acknowledge(long id, byte[] entry) {
        Pending running = pending;
        if (running != null && running.id == id) {
            running.entries.add(entry);
            complete(running);
        }
    }

    private void complete(Pending running) {
        List<LogSplit> source = running.source;
        if (source == null || running.entries.size() < running.learners) {
            return;
        }
        List<byte[]> entries = List.copyOf(running.entries);
        String snapshot = LearnerCore.snapshotOf(new LearnerCore.Checkpoint(entries));
        completed = new Completed(running.id, source, entries, snapshot, running.feedEpoch);
        count++;
        world.trace(this, "checkpoint " + running.id + " is complete");
        end(running, true);
        world.invariants().restorable();
        if (running.last) {
            world.job().finish();
        }
    }

    void abort(long id, String why) {
        Pending running = pending;
        if (running != null && running.id == id) {
            world.trace(this, "checkpoint " + id + " is aborted: " + why);
            end(running, false);
        }
    }

    /** Aborts whatever runs. */
    void abort(String why) {
        if (pending != null) {
            abort(pending.id, why);
        }
    }

    private void end(Pending running, boolean complete) {
        pending = null;
        notBefore = world.now() + 1 + world.random().nextInt(pause);
        for (LearnerTask learner : world.job().learners()) {
            if (!world.takes(Fault.Kind.NOTIFICATION_LOST)) {
                learner.notify(new LearnerTask.Notice(running.id, complete));
            }
        }
    }

    /** The job died; nobody is there to be told. */
    void forget() {
        pending = null;
    }
}
