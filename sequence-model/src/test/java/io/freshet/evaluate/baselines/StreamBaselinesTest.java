package io.freshet.evaluate.baselines;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.evaluate.StreamEvent;
import io.freshet.evaluate.StreamRecommender;
import io.freshet.store.Interaction;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Baselines on a stream against rankings worked out in full. */
class StreamBaselinesTest {
    private static StreamEvent event(long offset, long user, int item, int period) {
        LogEvent log = new LogEvent(
                0, offset, user, "u" + user, item, "i" + item, (byte) 1, period * 86_400_000L + offset, 0, offset + 1);
        return new StreamEvent(log, user, period);
    }

    private static List<StreamEvent> walks(int count) {
        SplittableRandom random = new SplittableRandom(8);
        int[] at = new int[30];
        List<StreamEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int user = random.nextInt(at.length);
            at[user] = random.nextInt(10) == 0 ? random.nextInt(25) : (at[user] + 1) % 25;
            events.add(event(i, user, at[user], i * 3 / count));
        }
        return events;
    }

    private interface Model {
        /** Scores of all items seen so far, in order of first appearance. */
        Map<Integer, Double> scores(List<Integer> history);
    }

    /** Runs a recommender beside a model that scores everything, and compares all ranks. */
    private static void compare(StreamRecommender baseline, List<StreamEvent> events, Model model, List<Integer> seen) {
        Map<Long, List<Interaction>> histories = new HashMap<>();
        int ranked = 0;
        for (StreamEvent event : events) {
            LogEvent e = event.log();
            List<Interaction> history = histories.computeIfAbsent(e.user(), user -> new ArrayList<>());
            List<Integer> items = history.stream().map(i -> (int) i.item()).toList();
            List<Integer> order = new ArrayList<>(new LinkedHashMap<>(model.scores(items)).keySet());
            Map<Integer, Double> scores = model.scores(items);
            order.sort(Comparator.comparingDouble((Integer item) -> -scores.get(item)));
            int expected = order.indexOf((int) e.item());
            assertThat(baseline.rank(event, history, history)).isEqualTo(expected);
            ranked += expected >= 0 ? 1 : 0;
            baseline.learn(event, history, history);
            history.add(new Interaction(e.item(), e.action(), e.eventTimeMillis(), 0, e.eventId()));
            seen.add((int) e.item());
        }
        assertThat(ranked).isGreaterThan(events.size() / 2);
    }

    @Test
    void decayedPopularityIsHalvedEveryHalfLife() {
        List<Integer> seen = new ArrayList<>();
        compare(
                new DecayedPopularity(50),
                walks(600),
                history -> {
                    Map<Integer, Double> scores = new LinkedHashMap<>();
                    for (int i = 0; i < seen.size(); i++) {
                        scores.merge(seen.get(i), Math.pow(0.5, (seen.size() - i) / 50.0), Double::sum);
                    }
                    return scores;
                },
                seen);
    }

    @Test
    void sessionNeighboursCountBySimilarityAndIfAskedByClicksSince() {
        for (boolean decayed : new boolean[] {false, true}) {
            SessionNeighbours neighbours = new SessionNeighbours(decayed);
            int[][] sessions = {{5, 8}, {5, 8}, {5, 8}, {1, 7}};
            long offset = 0;
            for (int s = 0; s < sessions.length; s++) {
                for (int item : sessions[s]) {
                    neighbours.learn(event(offset++, s, item, 0), List.of(), List.of());
                }
            }
            List<Interaction> session =
                    List.of(new Interaction(5, (byte) 1, 0, 0, 100), new Interaction(1, (byte) 1, 0, 0, 101));
            // 5 and 8: 3 sessions of 0.5 / sqrt(2), two clicks back; 1 and 7: one of 1 / sqrt(2), one click back.
            int eight = neighbours.rank(event(offset, 9, 8, 0), session, session);
            int seven = neighbours.rank(event(offset, 9, 7, 0), session, session);
            assertThat(eight).isEqualTo(decayed ? 3 : 1);
            assertThat(seven).isEqualTo(decayed ? 1 : 3);
        }
    }
}
