package io.freshet.dataset;

import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/** Lines of sessions whose users are not known (RecSys Challenge 2015), and of impressions with their outcome. */
final class SessionFormats {
    private static final long ADER_EPOCH =
            LocalDate.of(2014, 4, 1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    private static final long DAY_MILLIS = 86_400_000;

    private SessionFormats() {}

    private static BehaviourEvent click(String id, long time, String session, String item) {
        return new BehaviourEvent(id, Action.CLICK, time, null, session, item, null, null, null, null, Map.of());
    }

    /** session,timestamp,item,category: {@code yoochoose-clicks.dat}. */
    static List<BehaviourEvent> yoochoose(String line, long number, Map<String, String> titles) {
        String[] f = line.split(",");
        return List.of(click("yoochoose:" + number, Instant.parse(f[1]).toEpochMilli(), f[0], f[2]));
    }

    /** SessionId TAB ItemId TAB Time in seconds with a fraction: the sample that session-based papers share. */
    static List<BehaviourEvent> yoochoose100k(String line, long number, Map<String, String> titles) {
        String[] f = line.split("\t");
        long time = Math.round(Double.parseDouble(f[2]) * 1000);
        return List.of(click("yoochoose-100k:" + number, time, f[0], f[1]));
    }

    /** sessionId itemId, one file per day; the day is all that is known of the time. */
    static LineStream.LineParser ader(int period) {
        return (line, number, titles) -> {
            String[] f = line.trim().split("\\s+");
            long time = ADER_EPOCH + period * DAY_MILLIS;
            return List.of(click("yoochoose-ader:" + period + ":" + number, time, period + "-" + f[0], f[1]));
        };
    }

    /** index,timestamp,item_id,position,click,propensity_score,user_feature_0..3,...; the user is the four features. */
    static List<BehaviourEvent> openBandit(String line, long number, Map<String, String> titles) {
        String[] f = line.split(",");
        long time = Instant.parse(f[1].replace(' ', 'T').replace("+00:00", "Z")).toEpochMilli();
        String user = String.join("-", f[6], f[7], f[8], f[9]).replaceAll("([0-9a-f]{8})[0-9a-f]{24}", "$1");
        Action action = Double.parseDouble(f[4]) > 0 ? Action.CLICK : Action.IMPRESSION;
        int position = (int) Double.parseDouble(f[3]);
        Map<String, String> context = Map.of("propensity", f[5]);
        return List.of(new BehaviourEvent(
                "open-bandit:" + number, action, time, user, null, f[2], null, position, null, null, context));
    }

    /** user_id,video_id,date,hourmin,time_ms,is_click,is_like,is_follow,is_comment,is_forward,is_hate,... */
    static List<BehaviourEvent> kuaiRand(String line, long number, Map<String, String> titles) {
        String[] f = line.split(",");
        Action action = f[10].equals("1")
                ? Action.HIDE
                : f[6].equals("1") ? Action.LIKE : f[5].equals("1") ? Action.CLICK : Action.IMPRESSION;
        return List.of(BehaviourEvent.of("kuairand:" + number, action, Long.parseLong(f[4]), f[0], f[1]));
    }
}
