package io.freshet.dataset;

import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Lines of MovieLens, and of sequences of which only the order is known. */
final class RatingFormats {
    /** Where the made-up times of sequences without times begin; each place in a sequence is one second. */
    private static final long ORDER_EPOCH = 1_000_000_000_000L;

    private RatingFormats() {}

    /** user TAB item TAB rating TAB seconds; a header line, if any, is left out. */
    static List<BehaviourEvent> movieLens100k(String line, long number, Map<String, String> titles) {
        return number == 1 && line.startsWith("user_id") ? List.of() : rating("ml-100k", number, line.split("\t"));
    }

    /** UserID::MovieID::Rating::Timestamp. */
    static List<BehaviourEvent> movieLens1m(String line, long number, Map<String, String> titles) {
        return rating("ml-1m", number, line.split("::"));
    }

    /** userId,movieId,rating,timestamp. */
    static LineStream.LineParser movieLensCsv(String name) {
        return (line, number, titles) -> rating(name, number, line.split(","));
    }

    private static List<BehaviourEvent> rating(String name, long number, String[] f) {
        long time = (long) (Double.parseDouble(f[3]) * 1000);
        return List.of(BehaviourEvent.of(name + ":" + number, Action.RATE, time, f[0], f[1])
                .withValue(Double.parseDouble(f[2])));
    }

    /** user TAB items, oldest first, separated by blanks. */
    static List<BehaviourEvent> sequences(String line, long number, Map<String, String> titles) {
        String[] f = line.split("\t");
        String[] items = f[1].trim().split(" ");
        List<BehaviourEvent> events = new ArrayList<>(items.length);
        for (int i = 0; i < items.length; i++) {
            long time = ORDER_EPOCH + i * 1000L;
            events.add(BehaviourEvent.of("ml-1m-sequences:" + f[0] + ":" + i, Action.RATE, time, f[0], items[i]));
        }
        return events;
    }

    /** user item, a user's lines in order of time. */
    static LineStream.LineParser pairs(String name) {
        Map<String, Integer> places = new HashMap<>();
        return (line, number, titles) -> {
            String[] f = line.trim().split("\\s+");
            int place = places.merge(f[0], 1, Integer::sum) - 1;
            long time = ORDER_EPOCH + place * 1000L;
            return List.of(BehaviourEvent.of(name + ":" + number, Action.RATE, time, f[0], f[1]));
        };
    }
}
