package io.freshet.benchmarks.simulation;

import io.freshet.job.records.RawRecord;
import io.freshet.job.clock.TickSequence;
import io.freshet.job.records.TickedEvent;
import io.freshet.schema.Decoded;
import io.freshet.schema.EntityIds;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The source with the tick clock chained to it: reads partitions in any interleaving and sends what comes of a record
 * to the learners' channels; a barrier goes into all channels at once.
 */
final class Source implements Actor, TickSequence.Output {
    private static final int CHANNEL_CAPACITY = 12;

    /**
     * What a checkpoint holds of it.
     *
     * @param offsets next offset of every partition
     * @param clocks the tick clock's
     */
    record State(long[] offsets, List<byte[]> clocks) {}

    private final World world;
    private final List<LearnerTask> learners;
    private final TickSequence ticks;
    private final long[] offsets;
    private long barrier = -1;
    private boolean ended;
    private int decisions;

    Source(World world, List<LearnerTask> learners, @Nullable State state) {
        this.world = world;
        this.learners = learners;
        int partitions = world.log().partitions().size();
        ticks = new TickSequence(
                SimulatedLog.TICK_MILLIS, IntStream.range(0, partitions).boxed().toList(), EntityIds.standard());
        offsets = state == null ? new long[partitions] : state.offsets().clone();
        if (state == null) {
            return;
        }
        if (world.mutation() != Mutation.CLOCKS_FORGOTTEN) {
            ticks.restore(state.clocks());
        }
        int at = world.random().nextInt(partitions);
        if (world.mutation() == Mutation.SOURCE_SKIPS_A_RECORD) {
            offsets[at] = Math.min(offsets[at] + 1, world.written(at));
        } else if (world.mutation() == Mutation.SOURCE_REPEATS_A_RECORD) {
            offsets[at] = Math.max(offsets[at] - 1, 0);
        }
    }

    /** A checkpoint begins. */
    void trigger(long checkpoint) {
        barrier = checkpoint;
    }

    boolean ended() {
        return ended;
    }

    @Override
    public String name() {
        return "source";
    }

    @Override
    public boolean ready() {
        return barrier >= 0 || learners.stream().allMatch(learner -> learner.room(CHANNEL_CAPACITY)) && hasWork();
    }

    private boolean hasWork() {
        for (int p = 0; p < offsets.length; p++) {
            if (offsets[p] < world.written(p)) {
                return true;
            }
        }
        return world.bounded() && !ended && read();
    }

    /** Whether the whole log was read. */
    boolean read() {
        for (int p = 0; p < offsets.length; p++) {
            if (offsets[p] < world.log().partitions().get(p).size()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String waitsFor() {
        return learners.stream().allMatch(learner -> learner.room(CHANNEL_CAPACITY))
                ? "records"
                : "room in the channels of "
                        + learners.stream()
                                .filter(learner -> !learner.room(CHANNEL_CAPACITY))
                                .map(LearnerTask::name)
                                .toList();
    }

    @Override
    public void step() {
        if (barrier >= 0) {
            checkpoint();
            return;
        }
        if (read()) {
            ended = true;
            world.trace(this, "the log ends");
            learners.forEach(learner -> learner.send(new Element.End()));
            return;
        }
        int partition = world.random().nextInt(offsets.length);
        while (offsets[partition] >= world.written(partition)) {
            partition = (partition + 1) % offsets.length;
        }
        RawRecord record = world.log().partitions().get(partition).get((int) offsets[partition]++);
        if (world.traces()) {
            world.trace(this, "reads partition " + partition + " offset " + record.offset);
        }
        ticks.take(record, world::decode, this);
    }

    private void checkpoint() {
        long id = barrier;
        barrier = -1;
        world.trace(this, "barrier " + id + " behind offsets " + java.util.Arrays.toString(offsets));
        State state = new State(offsets.clone(), ticks.save());
        int odd = world.random().nextInt(learners.size());
        for (int i = 0; i < learners.size(); i++) {
            if (i == odd && world.mutation() == Mutation.BARRIER_OVERTAKES) {
                learners.get(i).sendFirst(new Element.Barrier(id));
            } else {
                learners.get(i).send(new Element.Barrier(id));
            }
        }
        world.checkpoints().acknowledge(id, state);
    }

    @Override
    public void event(TickedEvent event) {
        int learner = LaneLearner.PARTITIONER.partition(event.user, learners.size());
        learners.get(learner).send(new Element.Event(event));
    }

    @Override
    public void watermark(long timestamp) {
        int odd = decisions++ % learners.size();
        for (int i = 0; i < learners.size(); i++) {
            if (i == odd && world.mutation() == Mutation.WATERMARK_OVERTAKES) {
                learners.get(i).overtake(new Element.Watermark(timestamp));
            } else {
                learners.get(i).send(new Element.Watermark(timestamp));
            }
        }
    }

    @Override
    public void rejected(RawRecord record, Decoded.Rejected why) {
        // It was passed; dead letters are not simulated.
    }
}
