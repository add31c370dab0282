package io.freshet.evaluate.baselines;

import io.freshet.evaluate.StreamEvent;
import io.freshet.evaluate.StreamRecommender;
import io.freshet.store.Interaction;
import io.freshet.train.prequential.PopularityOrder;
import io.freshet.train.prequential.SuccessorCounts;
import java.util.List;

/** What most often followed the user's last item, then the most popular of the rest. */
final class MarkovChain implements StreamRecommender {
    private final ItemScores items = new ItemScores();
    private final PopularityOrder order = new PopularityOrder();
    /** All of them: this one is to be beaten, not to be cheap. */
    private final SuccessorCounts successors = new SuccessorCounts(Integer.MAX_VALUE);

    @Override
    public String name() {
        return "Markov chain";
    }

    @Override
    public int rank(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        int index = items.indexOf(event.log().item());
        if (index < 0) {
            return -1;
        }
        int last = history.isEmpty()
                ? -1
                : items.indexOf(history.get(history.size() - 1).item());
        return successors.rank(last, index, order);
    }

    @Override
    public void learn(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        int index = items.see(event.log().item());
        order.see(index);
        if (!history.isEmpty()) {
            int last = items.see(history.get(history.size() - 1).item());
            successors.see(last, index);
        }
    }
}
