package io.freshet.train.loss;

import io.freshet.model.ModelConfig;
import io.freshet.model.cooccurrence.HistoryReading;
import io.freshet.model.items.ItemDirectory;
import io.freshet.store.Interaction;
import io.freshet.train.tick.ReplayReservoir;
import io.freshet.train.tick.TrainingSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The positions of a step, of all lanes in lane order: what each predicts, and from which history. */
public final class StepPositions {
    private final ModelConfig config;
    /** First position of every lane, {@code [L + 1]}; the last is {@code M}. */
    private final int[] from;
    /** The history before each position, {@code [M]} and more, which are used again. */
    private final List<HistoryReading> readings = new ArrayList<>();
    /** What each position predicts, {@code [M]}. */
    private final List<Interaction> targets = new ArrayList<>();
    /** The itemIndex of each target, {@code [M]}. */
    private int[] itemIndices = new int[256];

    private boolean replayed;
    private int count;

    /** Positions of steps of so many lanes; none before {@link #layOut}. */
    public StepPositions(int lanes, ModelConfig config) {
        this.config = config;
        from = new int[lanes + 1];
    }

    /** Lists the positions of a step; {@code step} has a micro-batch for each lane. */
    public void layOut(List<List<TrainingSequence>> step, ItemDirectory directory) {
        targets.clear();
        replayed = false;
        count = 0;
        for (int lane = 0; lane < step.size(); lane++) {
            for (TrainingSequence sequence : step.get(lane)) {
                replayed |= sequence.replayed();
                for (int row = 0; row < sequence.rows(); row++) {
                    Interaction target = sequence.target(row, config.actions());
                    if (target != null) {
                        add(sequence, sequence.from() + row, target, directory.indexOf(target.item()));
                    }
                }
            }
            from[lane + 1] = count;
        }
    }

    private void add(TrainingSequence sequence, int end, Interaction target, int itemIndex) {
        if (count == itemIndices.length) {
            itemIndices = Arrays.copyOf(itemIndices, 2 * count);
        }
        if (count == readings.size()) {
            readings.add(HistoryReading.of(config));
        }
        readings.get(count).read(sequence.user().tokens(), end);
        targets.add(target);
        itemIndices[count++] = itemIndex;
    }

    /** Number of positions, {@code M}. */
    public int count() {
        return count;
    }

    /** First position of a lane; that of the lane behind the last is {@link #count()}. */
    public int from(int lane) {
        return from[lane];
    }

    /** Number of a lane's positions, {@code Ml}. */
    public int count(int lane) {
        return from[lane + 1] - from[lane];
    }

    /** The itemIndex of the item that a position predicts. */
    public int itemIndex(int position) {
        return itemIndices[position];
    }

    /** Whether this is a step of past sequences ({@link ReplayReservoir}): none of its positions is ranked. */
    public boolean replayed() {
        return replayed;
    }

    /** The interaction that a position predicts. */
    public Interaction target(int position) {
        return targets.get(position);
    }

    /** The history before a position, as the sparse memories read it. */
    public HistoryReading reading(int position) {
        return readings.get(position);
    }
}
