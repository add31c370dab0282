package io.freshet.dataset;

import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Lines of news portals. */
final class NewsFormats {
    private static final DateTimeFormatter MIND_TIME = DateTimeFormatter.ofPattern("M/d/yyyy h:mm:ss a", Locale.US);

    private NewsFormats() {}

    /** CSV with a header: user_id, click_article_id, click_timestamp; sorted by click time. */
    static Table globo() {
        return Table.named(
                ",",
                (row, number, titles) -> List.of(BehaviourEvent.of(
                        "globo:" + number,
                        Action.CLICK,
                        row.whole("click_timestamp"),
                        row.id("user_id"),
                        row.id("click_article_id"))),
                "user_id",
                "click_article_id",
                "click_timestamp");
    }

    /** id TAB user TAB time TAB history TAB impressions, each {@code item-1} if it was clicked: the clicks. */
    static Table mind() {
        return Table.ordered(
                "\t",
                (row, number, titles) -> mindClicks(row),
                "impression_id",
                "user_id",
                "time",
                "history",
                "impressions");
    }

    private static List<BehaviourEvent> mindClicks(Row row) {
        String time = row.id("time");
        long millis;
        try {
            millis = LocalDateTime.parse(time, MIND_TIME).toEpochSecond(ZoneOffset.UTC) * 1000;
        } catch (DateTimeException e) {
            throw Row.wrong("time", time, "such as 11/12/2019 2:14:46 PM");
        }
        String impression = row.id("impression_id");
        String user = row.id("user_id");
        List<BehaviourEvent> clicks = new ArrayList<>();
        String[] shown = row.id("impressions").split(" +");
        for (int position = 0; position < shown.length; position++) {
            String one = shown[position];
            if (one.endsWith("-1") && one.length() > 2) {
                String item = one.substring(0, one.length() - 2);
                clicks.add(new BehaviourEvent(
                        "mind:" + impression + ":" + position,
                        Action.CLICK,
                        millis,
                        user,
                        null,
                        item,
                        impression,
                        position,
                        null,
                        null,
                        Map.of()));
            } else if (!one.endsWith("-0") || one.length() < 3) {
                throw new IllegalArgumentException("impressions have no label: '" + one + "', expected " + one
                        + "-0 or " + one + "-1; MIND's test file has none, take behaviors.tsv of train or dev");
            }
        }
        return clicks;
    }
}
