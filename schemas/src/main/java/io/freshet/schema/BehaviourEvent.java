package io.freshet.schema;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something a user did with an item, or was shown.
 *
 * @param eventId unique; a second event with the same id is a duplicate
 * @param action what was done
 * @param eventTimeMillis when, by the producer's clock, ms since the epoch
 * @param userId who, if known
 * @param sessionId in which session, if known
 * @param itemId with which item
 * @param requestId request whose answer showed the item
 * @param position place at which it was shown, from 0
 * @param value price, rating, seconds of dwell
 * @param currency of the value
 * @param context anything else
 */
public record BehaviourEvent(
        String eventId,
        Action action,
        long eventTimeMillis,
        @Nullable String userId,
        @Nullable String sessionId,
        String itemId,
        @Nullable String requestId,
        @Nullable Integer position,
        @Nullable Double value,
        @Nullable String currency,
        Map<String, String> context) {

    /** An event with the fields that every event has. */
    public static BehaviourEvent of(String eventId, Action action, long timeMillis, String userId, String itemId) {
        return new BehaviourEvent(eventId, action, timeMillis, userId, null, itemId, null, null, null, null, Map.of());
    }

    /** This event with a value. */
    public BehaviourEvent withValue(double newValue) {
        return new BehaviourEvent(
                eventId,
                action,
                eventTimeMillis,
                userId,
                sessionId,
                itemId,
                requestId,
                position,
                newValue,
                currency,
                context);
    }

    /** The value as histories keep it: not a number for a rating that gives none, 0 for anything else without one. */
    public float historyValue() {
        if (value == null) {
            return action == Action.RATE ? Float.NaN : 0f;
        }
        return value.floatValue();
    }

    /** Whose history the event belongs to: the user's, else the session's, else its own. */
    public SubjectId who() {
        if (userId != null) {
            return SubjectId.user(userId);
        }
        return sessionId != null ? SubjectId.session(sessionId) : new SubjectId(SubjectId.Kind.EVENT, eventId);
    }

    /** The same as the state keeps it ({@link SubjectId#stored}): a user's id as it is. */
    public String subject() {
        return who().stored();
    }
}
