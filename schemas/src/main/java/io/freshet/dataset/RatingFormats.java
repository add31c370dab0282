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

    /** user TAB item TAB rating TAB seconds, with RecBole's header or without one. */
    static Table movieLens100k() {
        return Table.ordered(
                "\t",
                (row, number, titles) -> rating("ml-100k", number, row, "user_id", "item_id"),
                "user_id",
                "item_id",
                "rating",
                "timestamp");
    }

    /** UserID::MovieID::Rating::Timestamp. */
    static Table movieLens1m() {
        return Table.ordered(
                "::",
                (row, number, titles) -> rating("ml-1m", number, row, "UserID", "MovieID"),
                "UserID",
                "MovieID",
                "rating",
                "timestamp");
    }

    /** CSV with a header: userId, movieId, rating, timestamp. */
    static Table movieLensCsv(String name) {
        return Table.named(
                ",",
                (row, number, titles) -> rating(name, number, row, "userId", "movieId"),
                "userId",
                "movieId",
                "rating",
                "timestamp");
    }

    private static List<BehaviourEvent> rating(String name, long number, Row row, String user, String item) {
        double rating = row.rating("rating");
        long time = (long) (row.number("timestamp") * 1000);
        return List.of(BehaviourEvent.of(name + ":" + number, Action.RATE, time, row.id(user), row.id(item))
                .withValue(rating));
    }

    /** user TAB items, oldest first, separated by blanks. */
    static Table sequences() {
        return Table.ordered(
                "\t",
                (row, number, titles) -> {
                    String user = row.id("user");
                    String[] items = row.id("items").split(" +");
                    List<BehaviourEvent> events = new ArrayList<>(items.length);
                    for (int i = 0; i < items.length; i++) {
                        long time = ORDER_EPOCH + i * 1000L;
                        String id = "ml-1m-sequences:" + user + ":" + i;
                        events.add(BehaviourEvent.of(id, Action.RATE, time, user, items[i]));
                    }
                    return events;
                },
                "user",
                "items");
    }

    /** user item, a user's lines in order of time. */
    static Table pairs(String name) {
        Map<String, Integer> places = new HashMap<>();
        return Table.ordered(
                "\\s+",
                (row, number, titles) -> {
                    String user = row.id("user");
                    String item = row.id("item");
                    int place = places.merge(user, 1, Integer::sum) - 1;
                    long time = ORDER_EPOCH + place * 1000L;
                    return List.of(BehaviourEvent.of(name + ":" + number, Action.RATE, time, user, item));
                },
                "user",
                "item");
    }
}
