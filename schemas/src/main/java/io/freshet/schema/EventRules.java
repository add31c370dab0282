package io.freshet.schema;

import io.freshet.schema.wire.RejectReason;
import io.freshet.schema.wire.RejectedException;
import io.freshet.schema.wire.WireText;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What makes a readable event a valid one. Nothing that fails here may reach the state or move the clock. */
final class EventRules {
    /** Entries that a context may have; more would make building a map from hostile keys quadratic. */
    static final int MAX_CONTEXT = 256;

    private static final long MAX_AHEAD_MILLIS = 3_600_000;
    /** Start of the year 2200: bounds the event time of a record without a timestamp of its own. */
    private static final long MAX_TIME_MILLIS = 7_258_118_400_000L;

    private EventRules() {}

    /**
     * Throws unless the event is valid.
     *
     * @param recordTimestampMillis the log's timestamp, negative if the record has none
     */
    static void check(BehaviourEvent event, long recordTimestampMillis) throws RejectedException {
        id("event_id", event.eventId());
        id("item_id", event.itemId());
        id("user_id", event.userId());
        id("session_id", event.sessionId());
        id("request_id", event.requestId());
        id("currency", event.currency());
        context(event.context());
        if (event.value() != null && !Float.isFinite(event.value().floatValue())) {
            throw new RejectedException(
                    RejectReason.INVALID_VALUE, "value " + event.value() + ": expected a finite number");
        }
        if (event.position() != null && event.position() < 0) {
            throw new RejectedException(
                    RejectReason.INVALID_VALUE, "position " + event.position() + ": expected at least 0");
        }
        long time = event.eventTimeMillis();
        boolean ahead = recordTimestampMillis >= 0 && time - recordTimestampMillis > MAX_AHEAD_MILLIS;
        if (time < 0 || time > MAX_TIME_MILLIS || ahead) {
            throw new RejectedException(
                    RejectReason.INVALID_TIME,
                    "event_time " + time + " against the log's " + recordTimestampMillis
                            + ": expected at least 0 and at most an hour ahead");
        }
    }

    private static void id(String name, @Nullable String id) throws RejectedException {
        if (id != null && !WireText.isId(id)) {
            throw new RejectedException(
                    RejectReason.INVALID_ID,
                    name + " of " + id.length() + " characters: expected 1 to " + WireText.MAX_ID
                            + " without control characters");
        }
    }

    private static void context(Map<String, String> context) throws RejectedException {
        for (Map.Entry<String, String> entry : context.entrySet()) {
            if (!WireText.isWellFormed(entry.getKey()) || !WireText.isWellFormed(entry.getValue())) {
                throw new RejectedException(RejectReason.MALFORMED, "context with half a surrogate pair");
            }
        }
    }

    /** Throws unless a context may have so many entries. */
    static void contextSize(int size) throws RejectedException {
        if (size > MAX_CONTEXT) {
            throw new RejectedException(
                    RejectReason.MALFORMED, "context of " + size + " entries: expected at most " + MAX_CONTEXT);
        }
    }
}
