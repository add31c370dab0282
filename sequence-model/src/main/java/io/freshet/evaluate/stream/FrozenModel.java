package io.freshet.evaluate.stream;

import io.freshet.evaluate.StreamEvent;
import io.freshet.evaluate.StreamRecommender;
import io.freshet.kernel.Device;
import io.freshet.model.ModelConfig;
import io.freshet.model.scoring.Scorer;
import io.freshet.store.Interaction;
import io.freshet.store.StateReader;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The model with the weights, rows and priors of some moment; users' contexts go on growing. */
final class FrozenModel implements StreamRecommender {
    /** A tick number whose times are those of a running job: ticks count from the epoch. */
    static final long FIRST_TICK = 6_800_000_000L;

    private final String name;
    private final ModelConfig config;
    private final Device device;
    private @Nullable Scorer scorer;

    FrozenModel(String name, ModelConfig config, Device device) {
        this.name = name;
        this.config = config;
        this.device = device;
    }

    /** Takes the state of a learner. */
    void load(StateReader state) {
        Scorer fresh = new Scorer(config, device);
        fresh.state().load(state);
        scorer = fresh;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int rank(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        return scorer == null
                ? -1
                : scorer.rank(
                        history, event.log().eventTimeMillis(), event.log().item());
    }

    @Override
    public void learn(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        // Only what it is given learns.
    }
}
