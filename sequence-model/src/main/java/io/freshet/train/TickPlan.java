package io.freshet.train;

import io.freshet.store.History;
import io.freshet.store.Interaction;
import io.freshet.store.StateReader;
import io.freshet.store.StoreLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The events of a tick in canonical order, without duplicates, grouped by user. */
final class TickPlan {
    private final List<LogEvent> accepted = new ArrayList<>();
    private final Map<Long, UserTick> users = new LinkedHashMap<>();

    private TickPlan() {}

    /** Groups events that are in log order; drops those whose id still stands in their user's history. */
    static TickPlan of(List<LogEvent> ordered, StateReader state, LearnerCounters counters) {
        TickPlan plan = new TickPlan();
        StoreLayout layout = state.layout();
        for (LogEvent event : ordered) {
            UserTick user = plan.users.computeIfAbsent(event.user(), id -> {
                History history = state.history(id);
                if (history != null && !history.subject().equals(event.subject())) {
                    counters.collision();
                }
                return new UserTick(
                        id, event.subject(), layout.laneOf(id), history == null ? List.of() : history.interactions());
            });
            Interaction twin = find(user.tokens, event.eventId());
            if (twin != null) {
                counters.duplicate(twin.item() != event.item() || twin.action() != event.action());
                continue;
            }
            counters.event();
            plan.accepted.add(event);
            user.tokens.add(new Interaction(
                    event.item(), event.action(), event.eventTimeMillis(), event.value(), event.eventId()));
        }
        plan.users.values().removeIf(user -> user.tokens.size() == user.firstNew);
        return plan;
    }

    private static @org.jspecify.annotations.Nullable Interaction find(List<Interaction> tokens, long eventId) {
        for (int i = tokens.size() - 1; i >= 0; i--) {
            if (tokens.get(i).eventId() == eventId) {
                return tokens.get(i);
            }
        }
        return null;
    }

    List<LogEvent> accepted() {
        return accepted;
    }

    Collection<UserTick> users() {
        return users.values();
    }

    /** Lets the baselines rank and learn every event, in log order. */
    void baselines(Prequential prequential) {
        Map<Long, Integer> next = new java.util.HashMap<>();
        for (LogEvent event : accepted) {
            UserTick user = users.get(event.user());
            int at = next.merge(event.user(), 1, Integer::sum) + user.firstNew - 1;
            boolean hasLast = at > 0;
            long last = hasLast ? user.tokens.get(at - 1).item() : 0;
            prequential.baselines(Supervision.isPositive(event.action()), hasLast, last, event.item());
        }
    }

    /** Micro-batches of every lane: {@code [lane][step]}, each a list of sequences. */
    List<List<List<UserTick.Chunk>>> batches(int lanes, LearnerConfig config) {
        List<List<List<UserTick.Chunk>>> batches = new ArrayList<>();
        int[] room = new int[lanes];
        for (int lane = 0; lane < lanes; lane++) {
            batches.add(new ArrayList<>());
        }
        for (UserTick user : users.values()) {
            for (UserTick.Chunk chunk :
                    user.chunks(config.model().window(), config.model().context())) {
                List<List<UserTick.Chunk>> steps = batches.get(user.lane);
                if (steps.isEmpty() || room[user.lane] < chunk.rows()) {
                    steps.add(new ArrayList<>());
                    room[user.lane] = config.batchTokens();
                }
                steps.get(steps.size() - 1).add(chunk);
                room[user.lane] -= chunk.rows();
            }
        }
        return batches;
    }
}
