package io.freshet.evaluate.baselines;

import io.freshet.evaluate.StreamEvent;
import io.freshet.evaluate.StreamRecommender;
import io.freshet.store.Interaction;
import io.freshet.train.prequential.PopularityOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Session-based nearest neighbours, VSKNN (Ludewig and Jannach, 2018): of the most recent sessions that share an item
 * with this one, the most similar, later items of the session counting more; their items score by similarity, if asked
 * over the number of clicks since the last one that is shared (the form of the session-rec comparison).
 */
final class SessionNeighbours implements StreamRecommender {
    private static final int SAMPLE = 500;
    private static final int NEIGHBOURS = 100;
    private static final int PER_ITEM = 500;

    private final boolean decayed;
    private final ItemScores items = new ItemScores();
    private final PopularityOrder order = new PopularityOrder();
    /** Items of sessions, by number of the session. */
    private final Map<Long, List<Integer>> sessions = new HashMap<>();
    /** Most recent sessions of an item, newest last. */
    private final Map<Integer, Deque<Long>> recent = new HashMap<>();

    /** @param decayed whether a neighbour's scores fall with the clicks since the last shared item */
    SessionNeighbours(boolean decayed) {
        this.decayed = decayed;
    }

    @Override
    public String name() {
        return decayed ? "session-kNN (VSKNN, scores decay)" : "session-kNN (VSKNN)";
    }

    private record Neighbour(long session, double similarity) {}

    @Override
    public int rank(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        int index = items.indexOf(event.log().item());
        if (index < 0) {
            return -1;
        }
        Map<Long, Double> similarity = new LinkedHashMap<>();
        int n = session.size();
        for (int back = 1; back <= n; back++) {
            int item = items.indexOf(session.get(n - back).item());
            double weight = (double) (n - back + 1) / n;
            Iterator<Long> newest =
                    recent.getOrDefault(item, new ArrayDeque<>()).descendingIterator();
            while (newest.hasNext()) {
                long other = newest.next();
                if (other != event.session() && (similarity.size() < SAMPLE || similarity.containsKey(other))) {
                    similarity.merge(other, weight, Double::sum);
                }
            }
        }
        List<Neighbour> nearest = new ArrayList<>();
        similarity.forEach((other, weight) ->
                nearest.add(new Neighbour(other, weight / Math.sqrt(items(other).size()))));
        nearest.sort((a, b) -> Double.compare(b.similarity, a.similarity));
        for (Neighbour neighbour : nearest.subList(0, Math.min(NEIGHBOURS, nearest.size()))) {
            List<Integer> theirs = items(neighbour.session);
            double score = neighbour.similarity / (decayed ? clicksSince(session, theirs) : 1);
            for (int item : theirs) {
                items.add(item, score);
            }
        }
        return items.rank(index, order);
    }

    /** 1 if the session's last item is among these, 2 if the one before is the last that is, and so on. */
    private int clicksSince(List<Interaction> session, List<Integer> theirs) {
        int clicks = 1;
        while (clicks < session.size()
                && !theirs.contains(
                        items.indexOf(session.get(session.size() - clicks).item()))) {
            clicks++;
        }
        return clicks;
    }

    private List<Integer> items(long session) {
        return sessions.getOrDefault(session, List.of());
    }

    @Override
    public void learn(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        int index = items.see(event.log().item());
        order.see(index);
        List<Integer> own = sessions.computeIfAbsent(event.session(), key -> new ArrayList<>());
        if (own.contains(index)) {
            return;
        }
        own.add(index);
        Deque<Long> of = recent.computeIfAbsent(index, key -> new ArrayDeque<>());
        of.addLast(event.session());
        if (of.size() > PER_ITEM) {
            of.removeFirst();
        }
    }
}
