package io.freshet.train.tick;

import io.freshet.model.ActionRules;
import io.freshet.model.ModelConfig;
import io.freshet.model.items.ItemDirectory;
import io.freshet.store.History;
import io.freshet.store.Interaction;
import io.freshet.store.LaneRange;
import io.freshet.store.StateReader;
import io.freshet.store.StoreLayout;
import io.freshet.train.prequential.Prequential;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The events of a tick in canonical order, without duplicates, grouped by user; of all lanes. */
public final class TickPlan {
    private static final Comparator<LogEvent> LOG_ORDER =
            Comparator.comparingInt(LogEvent::partition).thenComparingLong(LogEvent::offset);

    private final List<LogEvent> accepted = new ArrayList<>();
    private final Map<Long, UserTick> users = new LinkedHashMap<>();
    /** By lane of the user. */
    private final List<List<RefusedEvent>> refused = new ArrayList<>();

    private TickPlan() {}

    /**
     * Puts what the lanes bring together: users in order of their first events. An event whose item's hash is that of
     * an item of another name, of the directory or of an event before it, is refused.
     */
    public static TickPlan of(List<LaneEvents> lanes, ItemDirectory directory, LearnerCounters counters) {
        TickPlan plan = new TickPlan();
        List<UserTick> all = new ArrayList<>();
        for (LaneEvents lane : lanes) {
            all.addAll(lane.users());
            plan.refused.add(new ArrayList<>(lane.refused()));
            counters.duplicates(lane.duplicates(), lane.conflicts());
            counters.userCollisions(lane.refused().size());
        }
        all.forEach(user -> plan.accepted.addAll(user.events()));
        plan.accepted.sort(LOG_ORDER);
        Set<LogEvent> colliding = plan.itemCollisions(all, directory);
        if (!colliding.isEmpty()) {
            plan.accepted.removeIf(colliding::contains);
            all.replaceAll(user -> user.without(colliding));
            all.removeIf(user -> user.events().isEmpty());
        }
        all.sort(Comparator.comparing(user -> user.events().get(0), LOG_ORDER));
        all.forEach(user -> plan.users.put(user.user(), user));
        plan.accepted.forEach(event -> counters.event());
        counters.itemCollisions(colliding.size());
        return plan;
    }

    private Set<LogEvent> itemCollisions(List<UserTick> all, ItemDirectory directory) {
        Map<Long, String> names = new HashMap<>();
        Set<LogEvent> colliding = new HashSet<>();
        for (LogEvent event : accepted) {
            int at = directory.indexOf(event.item());
            String first = at >= 0 ? directory.name(at) : names.putIfAbsent(event.item(), event.itemName());
            if (first != null && !first.equals(event.itemName())) {
                colliding.add(event);
                UserTick user = all.stream()
                        .filter(one -> one.user() == event.user())
                        .findFirst()
                        .orElseThrow();
                refused.get(user.lane()).add(RefusedEvent.item(event, first));
            }
        }
        return colliding;
    }

    /**
     * Groups events by user and lane. Drops those whose id still stands in their user's history; refuses those whose
     * user's hash is that of a user of another name, who has a history or an event before them.
     */
    public static List<LaneEvents> group(List<LogEvent> events, StateReader state) {
        StoreLayout layout = state.layout();
        List<LogEvent> ordered = new ArrayList<>(events);
        ordered.sort(LOG_ORDER);
        long[][] dropped = new long[layout.lanes()][2];
        List<List<RefusedEvent>> refused = new ArrayList<>();
        for (int lane = 0; lane < layout.lanes(); lane++) {
            refused.add(new ArrayList<>());
        }
        Map<Long, UserTick> users = new LinkedHashMap<>();
        for (LogEvent event : ordered) {
            int lane = layout.laneOf(event.user());
            UserTick user = users.computeIfAbsent(event.user(), id -> {
                History history = state.history(id);
                return history == null
                        ? new UserTick(id, event.subject(), lane, List.of())
                        : new UserTick(id, history.subject(), lane, history.interactions());
            });
            if (!user.subject().equals(event.subject())) {
                refused.get(lane).add(RefusedEvent.user(event, user.subject()));
                continue;
            }
            Interaction duplicate = find(user.tokens(), event.eventId());
            if (duplicate == null) {
                user.accept(event);
            } else {
                dropped[lane][0]++;
                dropped[lane][1] += duplicate.item() != event.item() || duplicate.action() != event.action() ? 1 : 0;
            }
        }
        List<LaneEvents> lanes = new ArrayList<>();
        for (int lane = 0; lane < layout.lanes(); lane++) {
            int mine = lane;
            List<UserTick> own = users.values().stream()
                    .filter(user -> user.lane() == mine && !user.events().isEmpty())
                    .toList();
            lanes.add(new LaneEvents(lane, own, dropped[lane][0], dropped[lane][1], refused.get(lane)));
        }
        return lanes;
    }

    /** Events of users of some lanes that were not taken in, in log order. */
    public List<RefusedEvent> refused(LaneRange lanes) {
        return refused.subList(lanes.from(), lanes.to()).stream()
                .flatMap(List::stream)
                .sorted(Comparator.comparingInt(RefusedEvent::partition).thenComparingLong(RefusedEvent::offset))
                .toList();
    }

    private static @Nullable Interaction find(List<Interaction> tokens, long eventId) {
        for (int i = tokens.size() - 1; i >= 0; i--) {
            if (tokens.get(i).eventId() == eventId) {
                return tokens.get(i);
            }
        }
        return null;
    }

    /** Events that are learned from, in log order. */
    public List<LogEvent> accepted() {
        return accepted;
    }

    /** Users with at least one accepted event, in order of their first. */
    public Collection<UserTick> users() {
        return users.values();
    }

    /** Lets the baselines rank and learn every event that says yes, in log order. */
    public void baselines(Prequential prequential, ActionRules rules) {
        Map<Long, Integer> next = new HashMap<>();
        for (LogEvent event : accepted) {
            UserTick user = Objects.requireNonNull(users.get(event.user()));
            int at = next.merge(event.user(), 1, Integer::sum) + user.firstNew() - 1;
            if (rules.of(event.action(), event.value()) == ActionRules.Meaning.POSITIVE) {
                int before = at - 1;
                while (before >= 0 && !rules.wants(user.tokens().get(before))) {
                    before--;
                }
                long last = before >= 0 ? user.tokens().get(before).item() : 0;
                prequential.baselines(true, before >= 0, last, event.item());
            }
        }
    }

    /**
     * Micro-batches of every lane: {@code [lane][step]}, each a list of sequences. A sequence goes to the lane that has
     * the fewest tokens of this tick so far, wherever its user's history stands, so that lanes have equally much to do
     * and a hot user's sequences are spread; which lane it is follows from the tick alone.
     */
    public List<List<List<TrainingSequence>>> batches(int lanes, ModelConfig model, int batchTokens) {
        List<List<List<TrainingSequence>>> batches = new ArrayList<>();
        int[] tokensLeft = new int[lanes];
        int[] tokens = new int[lanes];
        for (int lane = 0; lane < lanes; lane++) {
            batches.add(new ArrayList<>());
        }
        for (UserTick user : users.values()) {
            for (TrainingSequence sequence : user.sequences(model.window(), model.context())) {
                int lane = 0;
                for (int other = 1; other < lanes; other++) {
                    lane = tokens[other] < tokens[lane] ? other : lane;
                }
                List<List<TrainingSequence>> steps = batches.get(lane);
                if (steps.isEmpty() || tokensLeft[lane] < sequence.rows()) {
                    steps.add(new ArrayList<>());
                    tokensLeft[lane] = batchTokens;
                }
                steps.get(steps.size() - 1).add(sequence);
                tokensLeft[lane] -= sequence.rows();
                tokens[lane] += sequence.rows();
            }
        }
        return batches;
    }
}
