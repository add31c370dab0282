package io.freshet.evaluate.stream;

import io.freshet.evaluate.StreamEvent;
import io.freshet.evaluate.StreamRecommender;
import io.freshet.kernel.Device;
import io.freshet.model.ModelConfig;
import io.freshet.model.scoring.Scorer;
import io.freshet.store.DenseTensor;
import io.freshet.store.Interaction;
import io.freshet.store.LaneChanges;
import io.freshet.store.RowChange;
import io.freshet.store.TickChanges;
import java.util.HashSet;
import java.util.List;

/**
 * The model as a scorer serves it, following the learner tick by tick; if asked, with an exponential average of the
 * dense weights instead of the last ones.
 */
final class ServedModel implements StreamRecommender {
    private final double decay;
    private final Scorer scorer;
    private float[] average = new float[0]; // [P]
    private long published;

    /** @param decay of the average, with every published set of weights; 0: the weights as they are */
    ServedModel(double decay, ModelConfig config, Device device) {
        this.decay = decay;
        scorer = new Scorer(config, device);
    }

    /** Takes what a tick changed. */
    void follow(TickChanges changes) {
        for (LaneChanges lane : changes.lanes()) {
            scorer.state().putAll(lane.rows().stream().map(RowChange::row).toList());
            lane.coOccurrences().forEach(row -> scorer.state().put(lane.lane(), row));
            if (!lane.removed().isEmpty()) {
                scorer.state().removeAll(new HashSet<>(lane.removed()));
            }
            for (DenseTensor tensor : lane.dense()) {
                if (tensor.name().equals(Scorer.WEIGHTS)) {
                    average(tensor.values());
                    scorer.state().loadDense(name -> name.equals(Scorer.WEIGHTS) ? average : null);
                }
            }
        }
        scorer.state().tick(changes.tick());
    }

    private void average(float[] weights) {
        if (average.length == 0) {
            average = weights.clone();
        }
        // Young averages forget faster: initial weights must not linger.
        double keep = decay == 0 ? 0 : Math.min(decay, (1.0 + published) / (10.0 + published));
        published++;
        for (int i = 0; i < weights.length; i++) {
            average[i] += (float) ((1 - keep) * (weights[i] - average[i]));
        }
    }

    @Override
    public String name() {
        return decay == 0 ? "model, as it is served" : "model, served with averaged weights (" + decay + ")";
    }

    @Override
    public int rank(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        return scorer.rank(history, event.log().eventTimeMillis(), event.log().item());
    }

    @Override
    public void learn(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        // It follows the learner.
    }
}
