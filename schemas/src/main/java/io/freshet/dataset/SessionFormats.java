package io.freshet.dataset;

import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import java.time.DateTimeException;
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

    private static List<BehaviourEvent> click(String id, long time, String session, String item) {
        return List.of(
                new BehaviourEvent(id, Action.CLICK, time, null, session, item, null, null, null, null, Map.of()));
    }

    private static long instant(String column, String text) {
        try {
            return Instant.parse(text.replace(' ', 'T').replace("+00:00", "Z")).toEpochMilli();
        } catch (DateTimeException e) {
            throw Row.wrong(column, text, "a time such as 2014-04-07T10:51:09.277Z");
        }
    }

    /** session,timestamp,item,category: {@code yoochoose-clicks.dat}. */
    static Table yoochoose() {
        return Table.ordered(
                ",",
                (row, number, titles) -> click(
                        "yoochoose:" + number,
                        instant("timestamp", row.id("timestamp")),
                        row.id("session"),
                        row.id("item")),
                "session",
                "timestamp",
                "item",
                "category");
    }

    /** With a header: SessionId, ItemId, Time in seconds with a fraction: the sample that session papers share. */
    static Table yoochoose100k() {
        return Table.named(
                "\t",
                (row, number, titles) -> click(
                        "yoochoose-100k:" + number,
                        Math.round(row.number("Time") * 1000),
                        row.id("SessionId"),
                        row.id("ItemId")),
                "SessionId",
                "ItemId",
                "Time");
    }

    /** sessionId itemId, one file per day; the day is all that is known of the time. */
    static Table ader(int period) {
        return Table.ordered(
                "\\s+",
                (row, number, titles) -> click(
                        "yoochoose-ader:" + period + ":" + number,
                        ADER_EPOCH + period * DAY_MILLIS,
                        period + "-" + row.id("SessionId"),
                        row.id("ItemId")),
                "SessionId",
                "ItemId");
    }

    /** CSV with a header: timestamp, item_id, position, click, propensity_score, and the four features of a user. */
    static Table openBandit() {
        return Table.named(
                ",",
                (row, number, titles) -> openBandit(row, number),
                "timestamp",
                "item_id",
                "position",
                "click",
                "propensity_score",
                "user_feature_0",
                "user_feature_1",
                "user_feature_2",
                "user_feature_3");
    }

    private static List<BehaviourEvent> openBandit(Row row, long number) {
        long time = instant("timestamp", row.id("timestamp"));
        String user = String.join(
                        "-",
                        row.text("user_feature_0"),
                        row.text("user_feature_1"),
                        row.text("user_feature_2"),
                        row.text("user_feature_3"))
                .replaceAll("([0-9a-f]{8})[0-9a-f]{24}", "$1");
        Action action = row.number("click") > 0 ? Action.CLICK : Action.IMPRESSION;
        int position = (int) row.number("position");
        Map<String, String> context = Map.of("propensity", row.text("propensity_score"));
        return List.of(new BehaviourEvent(
                "open-bandit:" + number,
                action,
                time,
                user,
                null,
                row.id("item_id"),
                null,
                position,
                null,
                null,
                context));
    }

    /** CSV with a header: user_id, video_id, time_ms, is_click, is_like, is_hate. */
    static Table kuaiRand() {
        return Table.named(
                ",",
                (row, number, titles) -> {
                    Action action = row.text("is_hate").equals("1")
                            ? Action.HIDE
                            : row.text("is_like").equals("1")
                                    ? Action.LIKE
                                    : row.text("is_click").equals("1") ? Action.CLICK : Action.IMPRESSION;
                    return List.of(BehaviourEvent.of(
                            "kuairand:" + number, action, row.whole("time_ms"), row.id("user_id"), row.id("video_id")));
                },
                "user_id",
                "video_id",
                "time_ms",
                "is_click",
                "is_like",
                "is_hate");
    }
}
