package io.freshet.benchmarks.simulation;

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
     * @param snapshot name of the leader's snapshot
     */
    record Completed(long id, Source.State source, List<LearnerTask.Entry> entries, String snapshot) {}

    private static final class Pending {
        private final long id;
        private final long since;
        private final int learners;
        private final List<LearnerTask.Entry> entries = new ArrayList<>();
        private Source.@Nullable State source;
        private boolean last;

        Pending(long id, long since, int learners) {
            this.id = id;
            this.since = since;
            this.learners = learners;
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
        Pending begun = new Pending(next++, world.now(), world.job().learners().size());
        pending = begun;
        world.trace(this, "checkpoint " + begun.id + " begins");
        world.job().source().trigger(begun.id);
    }

    void acknowledge(long id, Source.State state) {
        Pending running = pending;
        if (running != null && running.id == id) {
            running.source = state;
            running.last = world.job().source().ended();
            complete(running);
        }
    }

    void acknowledge(long id, LearnerTask.Entry entry) {
        Pending running = pending;
        if (running != null && running.id == id) {
            running.entries.add(entry);
            complete(running);
        }
    }

    private void complete(Pending running) {
        Source.State source = running.source;
        if (source == null || running.entries.size() < running.learners) {
            return;
        }
        String snapshot = "";
        for (LearnerTask.Entry entry : running.entries) {
            snapshot = entry.snapshot().isEmpty() ? snapshot : entry.snapshot();
        }
        completed = new Completed(running.id, source, List.copyOf(running.entries), snapshot);
        count++;
        world.trace(this, "checkpoint " + running.id + " is complete");
        end(running, true);
        world.invariants().restorable(snapshot);
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
    boolean abort(String why) {
        Pending running = pending;
        if (running == null) {
            return false;
        }
        abort(running.id, why);
        return true;
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
