package io.freshet.evaluate.baselines;

import io.freshet.evaluate.StreamEvent;
import io.freshet.evaluate.StreamRecommender;
import io.freshet.store.Interaction;
import io.freshet.train.prequential.PopularityOrder;
import java.util.List;

/** Ranks items by how often they were seen so far. */
final class Popularity implements StreamRecommender {
    private final ItemScores items = new ItemScores();
    private final PopularityOrder order = new PopularityOrder();

    @Override
    public String name() {
        return "popularity";
    }

    @Override
    public int rank(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        int index = items.indexOf(event.log().item());
        return index < 0 ? -1 : order.rank(index);
    }

    @Override
    public void learn(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        order.see(items.see(event.log().item()));
    }
}
