package io.freshet.evaluate.baselines;

import io.freshet.evaluate.StreamEvent;
import io.freshet.evaluate.StreamRecommender;
import io.freshet.store.Interaction;
import io.freshet.train.prequential.PopularityOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Item-based nearest neighbours with decay: cosine of decayed co-occurrences within a user's last items, summed over
 * the last items with falling weights.
 */
final class ItemNeighbours implements StreamRecommender {
    private static final int LAST = 5;

    private final double halfLife;
    private final ItemScores items = new ItemScores();
    private final PopularityOrder order = new PopularityOrder();
    private final Map<Integer, Map<Integer, Double>> together = new HashMap<>();
    private double[] norms = new double[1024]; // [V]
    private long events;

    /** @param halfLife events in which a co-occurrence loses half its weight */
    ItemNeighbours(double halfLife) {
        this.halfLife = halfLife;
    }

    @Override
    public String name() {
        return "item-kNN, decayed";
    }

    @Override
    public int rank(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        int index = items.indexOf(event.log().item());
        if (index < 0) {
            return -1;
        }
        double weight = 1;
        for (int back = 1; back <= LAST && back <= history.size(); back++, weight *= 0.6) {
            int other = items.indexOf(history.get(history.size() - back).item());
            double factor = weight / Math.sqrt(norms[other]);
            together.getOrDefault(other, Map.of())
                    .forEach((item, score) -> items.add(item, factor * score / Math.sqrt(norms[item])));
        }
        return items.rank(index, order);
    }

    @Override
    public void learn(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        int index = items.see(event.log().item());
        order.see(index);
        if (index >= norms.length) {
            norms = Arrays.copyOf(norms, 2 * index);
        }
        double now = Math.pow(2, events / halfLife);
        norms[index] += now;
        for (int back = 1; back <= LAST && back <= history.size(); back++) {
            int other = items.indexOf(history.get(history.size() - back).item());
            if (other != index) {
                together.computeIfAbsent(other, i -> new HashMap<>()).merge(index, now, Double::sum);
                together.computeIfAbsent(index, i -> new HashMap<>()).merge(other, now, Double::sum);
            }
        }
        if (++events >= 200 * halfLife) {
            double scale = Math.pow(2, -events / halfLife);
            together.values().forEach(row -> row.replaceAll((item, score) -> score * scale));
            for (int v = 0; v < items.size(); v++) {
                norms[v] *= scale;
            }
            events = 0;
        }
    }
}
