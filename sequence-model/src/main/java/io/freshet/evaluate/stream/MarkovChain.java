package io.freshet.evaluate.stream;

import io.freshet.store.Interaction;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What most often followed the user's last item, then the most popular of the rest. */
final class MarkovChain implements Contender {
    private final ItemScores items = new ItemScores();
    private final PopularityOrder order = new PopularityOrder();
    private final Map<Integer, Map<Integer, Integer>> followers = new HashMap<>();

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
        if (!history.isEmpty()) {
            int last = items.indexOf(history.get(history.size() - 1).item());
            followers.getOrDefault(last, Map.of()).forEach(items::add);
        }
        return items.rank(index, order);
    }

    @Override
    public void learn(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        int index = items.see(event.log().item());
        order.count(index);
        if (!history.isEmpty()) {
            int last = items.see(history.get(history.size() - 1).item());
            followers.computeIfAbsent(last, item -> new HashMap<>()).merge(index, 1, Integer::sum);
        }
    }
}
