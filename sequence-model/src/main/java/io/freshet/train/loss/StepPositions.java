package io.freshet.train.loss;

import io.freshet.model.HistoryReading;
import io.freshet.model.ItemDirectory;
import io.freshet.model.ModelConfig;
import io.freshet.store.Interaction;
import io.freshet.train.tick.ReplayReservoir;
import io.freshet.train.tick.TrainingSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The supervised positions of a step, of all lanes in lane order: what each predicts, and from which history. */
public final class StepPositions {
    private final int[] from;
    private final ModelConfig config;
    /** By position; more than there are, to be used again. */
    private final List<HistoryReading> readings = new ArrayList<>();

    private final List<Interaction> targets = new ArrayList<>();
    private boolean replayed;
    private int[] items = new int[256];
    private int count;

    public StepPositions(int lanes, ModelConfig config) {
        this.config = config;
        from = new int[lanes + 1];
    }

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

    private void add(TrainingSequence sequence, int end, Interaction target, int item) {
        if (count == items.length) {
            items = Arrays.copyOf(items, 2 * count);
        }
        if (count == readings.size()) {
            readings.add(HistoryReading.of(config));
        }
        readings.get(count).read(sequence.user().tokens(), end);
        targets.add(target);
        items[count++] = item;
    }

    /** Number of positions, M. */
    public int count() {
        return count;
    }

    /** First position of a lane; that of the lane behind the last is {@link #count}. */
    public int from(int lane) {
        return from[lane];
    }

    /** Number of a lane's positions. */
    public int count(int lane) {
        return from[lane + 1] - from[lane];
    }

    /** Directory index of what a position predicts. */
    public int item(int position) {
        return items[position];
    }

    /** Whether this is a step of past sequences ({@link ReplayReservoir}): none of its positions is ranked. */
    public boolean replayed() {
        return replayed;
    }

    /** What a position predicts. */
    public Interaction target(int position) {
        return targets.get(position);
    }

    /** What the sparse memories read of the history before a position. */
    public HistoryReading reading(int position) {
        return readings.get(position);
    }
}
