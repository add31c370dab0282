package io.freshet.endtoend.field;

import java.util.ArrayList;
import java.util.List;

/**
 * An event as JSON has it.
 *
 * @param user user id; empty for none
 * @param session session id; empty for none
 * @param value a rating, for example; NaN for none
 */
record FieldEvent(String id, String action, long time, String user, String session, String item, double value) {
    /** When events happen that do not say: long ago. */
    static final long TIME = 1_700_000_000_000L;

    static FieldEvent of(String id, String action, long time, String user, String item) {
        return new FieldEvent(id, action, time, user, "", item, Double.NaN);
    }

    static FieldEvent ofSession(String id, String action, long time, String session, String item) {
        return new FieldEvent(id, action, time, "", session, item, Double.NaN);
    }

    FieldEvent worth(double rating) {
        return new FieldEvent(id, action, time, user, session, item, rating);
    }

    /** Clicks of seven users on eleven items, a second apart. */
    static List<FieldEvent> clicks(String prefix, int count) {
        List<FieldEvent> clicks = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            clicks.add(click(prefix, n));
        }
        return clicks;
    }

    static FieldEvent click(String prefix, long n) {
        return of(prefix + n, "click", TIME + n * 1000, "u" + n % 7, "i" + n % 11);
    }

    String json() {
        StringBuilder json = new StringBuilder("{\"event_id\":\"" + id + "\",\"action\":\"" + action
                + "\",\"event_time\":" + time + ",\"item_id\":\"" + item + "\"");
        if (!user.isEmpty()) {
            json.append(",\"user_id\":\"").append(user).append('"');
        }
        if (!session.isEmpty()) {
            json.append(",\"session_id\":\"").append(session).append('"');
        }
        if (!Double.isNaN(value)) {
            json.append(",\"value\":").append(value);
        }
        return json.append('}').toString();
    }
}
