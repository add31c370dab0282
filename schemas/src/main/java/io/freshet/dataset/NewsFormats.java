package io.freshet.dataset;

import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
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

    /** user_id,session_id,session_start,session_size,click_article_id,click_timestamp,... sorted by click time. */
    static List<BehaviourEvent> globo(String line, long number, Map<String, String> titles) {
        String[] f = line.split(",");
        return List.of(BehaviourEvent.of("globo:" + number, Action.CLICK, Long.parseLong(f[5]), f[0], f[4]));
    }

    /** id TAB user TAB time TAB history TAB impressions, each {@code item-1} if it was clicked: the clicks. */
    static List<BehaviourEvent> mind(String line, long number, Map<String, String> titles) {
        String[] f = line.split("\t");
        long time = LocalDateTime.parse(f[2], MIND_TIME).toEpochSecond(ZoneOffset.UTC) * 1000;
        List<BehaviourEvent> clicks = new ArrayList<>();
        String[] shown = f[4].trim().split(" ");
        for (int position = 0; position < shown.length; position++) {
            if (shown[position].endsWith("-1")) {
                String item = shown[position].substring(0, shown[position].length() - 2);
                clicks.add(new BehaviourEvent(
                        "mind:" + f[0] + ":" + position,
                        Action.CLICK,
                        time,
                        f[1],
                        null,
                        item,
                        f[0],
                        position,
                        null,
                        null,
                        Map.of()));
            }
        }
        return clicks;
    }
}
