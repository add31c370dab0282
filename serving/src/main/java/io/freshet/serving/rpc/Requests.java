package io.freshet.serving.rpc;

import io.freshet.schema.Action;
import io.freshet.schema.EntityIds;
import io.freshet.serving.Freshness;
import io.freshet.serving.Limits;
import io.freshet.serving.Query;
import io.freshet.serving.Refusal;
import io.freshet.serving.Subject;
import io.freshet.store.Interaction;
import io.freshet.v1.HistoryEvent;
import io.freshet.v1.RecommendRequest;
import io.freshet.v1.ScoreRequest;
import io.freshet.v1.SimilarRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Turns requests into queries; refuses what is out of bounds, naming the field and the limit. */
final class Requests {
    private final Limits limits;
    private final Supplier<EntityIds> ids;
    private final LongSupplier wallMillis;

    /** @param ids hashes of ids as the state that is served has them */
    Requests(Limits limits, Supplier<EntityIds> ids, LongSupplier wallMillis) {
        this.limits = limits;
        this.ids = ids;
        this.wallMillis = wallMillis;
    }

    Query query(ScoreRequest request) {
        require(request.getItemsCount() >= 1, "items", "at least 1", "none");
        require(
                request.getItemsCount() <= limits.candidates(),
                "items",
                "at most " + limits.candidates(),
                request.getItemsCount());
        List<String> items = new ArrayList<>(request.getItemsList());
        for (int i = 0; i < items.size(); i++) {
            id(items.get(i), "items[" + i + "]");
        }
        return new Query.Score(subject(request.getSubject()), items, time(request.getRequestTimeMs()));
    }

    Query query(RecommendRequest request) {
        int k = request.getK() == 0 ? 10 : request.getK();
        require(k >= 1 && k <= limits.k(), "k", "1 to " + limits.k() + ", or 0 for 10", request.getK());
        require(
                request.getExcludeItemsCount() <= limits.candidates(),
                "exclude_items",
                "at most " + limits.candidates(),
                request.getExcludeItemsCount());
        for (int i = 0; i < request.getExcludeItemsCount(); i++) {
            id(request.getExcludeItems(i), "exclude_items[" + i + "]");
        }
        Set<String> exclude = new HashSet<>(request.getExcludeItemsList());
        return new Query.Recommend(
                subject(request.getSubject()), k, exclude, request.getExcludeSeen(), time(request.getRequestTimeMs()));
    }

    Query query(SimilarRequest request) {
        int k = request.getK() == 0 ? 10 : request.getK();
        require(k >= 1 && k <= limits.k(), "k", "1 to " + limits.k() + ", or 0 for 10", request.getK());
        id(request.getItemId(), "item_id");
        return new Query.Similar(request.getItemId(), k);
    }

    Freshness freshness(io.freshet.v1.Freshness wanted) {
        wanted.getOffsetsMap().forEach((partition, offset) -> {
            require(partition >= 0, "min_freshness.offsets", "partitions from 0", partition);
            require(offset >= 0, "min_freshness.offsets", "offsets from 0", offset);
        });
        Freshness.Mode mode = switch (wanted.getMode()) {
            case SERVE -> Freshness.Mode.SERVE;
            case WAIT -> Freshness.Mode.WAIT;
            case FAIL -> Freshness.Mode.FAIL;
            case UNRECOGNIZED ->
                throw new Refusal(
                        Refusal.Code.INVALID,
                        "min_freshness.mode = " + wanted.getModeValue() + ": expected SERVE, WAIT or FAIL");
        };
        return new Freshness(wanted.getOffsetsMap(), mode);
    }

    private Subject subject(io.freshet.v1.Subject subject) {
        if (!subject.getUserId().isEmpty()) {
            id(subject.getUserId(), "subject.user_id");
        }
        if (!subject.getSessionId().isEmpty()) {
            id(subject.getSessionId(), "subject.session_id");
        }
        require(
                subject.getHistoryCount() <= limits.history(),
                "subject.history",
                "at most " + limits.history() + " events",
                subject.getHistoryCount());
        List<Interaction> inline = new ArrayList<>();
        for (int i = 0; i < subject.getHistoryCount(); i++) {
            inline.add(event(subject.getHistory(i), "subject.history[" + i + "]"));
        }
        return new Subject(subject.getUserId(), subject.getSessionId(), inline);
    }

    private Interaction event(HistoryEvent event, String field) {
        id(event.getItemId(), field + ".item_id");
        Action action = Action.CLICK;
        if (!event.getAction().isEmpty()) {
            action = Action.fromWireName(event.getAction())
                    .orElseThrow(() -> new Refusal(
                            Refusal.Code.INVALID,
                            field + ".action = '" + event.getAction() + "': expected one of "
                                    + List.of(Action.values())));
        }
        if (!event.getEventId().isEmpty()) {
            id(event.getEventId(), field + ".event_id");
        }
        require(event.getEventTimeMs() >= 0, field + ".event_time_ms", "0 or later", event.getEventTimeMs());
        // Histories keep floats, of which a large double is none.
        require(Float.isFinite((float) event.getValue()), field + ".value", "a finite float", event.getValue());
        return new Interaction(
                ids.get().item(event.getItemId()),
                action.code(),
                time(event.getEventTimeMs()),
                value(event, action),
                event.getEventId().isEmpty() ? 0 : ids.get().event(event.getEventId()));
    }

    /** A rating that is not told is not a low one. */
    private static float value(HistoryEvent event, Action action) {
        if (event.hasValue()) {
            return (float) event.getValue();
        }
        return action == Action.RATE ? Float.NaN : 0f;
    }

    private long time(long millis) {
        require(millis >= 0, "request_time_ms", "0 (now) or later", millis);
        return millis == 0 ? wallMillis.getAsLong() : millis;
    }

    private void id(String id, String field) {
        require(
                !id.isEmpty() && id.length() <= limits.idLength(),
                field,
                "1 to " + limits.idLength() + " characters",
                id.length() + " characters");
    }

    private static void require(boolean valid, String field, String expected, Object got) {
        if (!valid) {
            throw new Refusal(Refusal.Code.INVALID, field + ": expected " + expected + ", got " + got);
        }
    }
}
