package io.freshet.dataset;

import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;

/** Lines of shops: purchases, carts, clicks. */
final class ShopFormats {
    private static final DateTimeFormatter RETAIL_TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");
    private static final int SECONDS_DIGITS = 10;

    private ShopFormats() {}

    /** CSV with a header; an invoice that starts with C is a cancellation. */
    static Table onlineRetail() {
        return Table.named(
                ",",
                ShopFormats::onlineRetail,
                "InvoiceNo|Invoice",
                "StockCode",
                "Description",
                "Quantity",
                "InvoiceDate",
                "UnitPrice|Price",
                "CustomerID|Customer ID");
    }

    private static List<BehaviourEvent> onlineRetail(Row row, long number, Map<String, String> titles) {
        String user = row.text("CustomerID");
        if (user.equals("NA") || user.isEmpty()) {
            return List.of();
        }
        String item = row.id("StockCode");
        String title = row.text("Description");
        if (!title.equals("NA")) {
            titles.putIfAbsent(item, title);
        }
        Action action = row.text("InvoiceNo").startsWith("C") ? Action.REFUND : Action.PURCHASE;
        double value = row.number("Quantity") * row.number("UnitPrice");
        return List.of(BehaviourEvent.of("online-retail:" + number, action, retailTime(row), user, item)
                .withValue(value));
    }

    private static long retailTime(Row row) {
        String time = row.id("InvoiceDate");
        try {
            return LocalDateTime.parse(time, RETAIL_TIME).toEpochSecond(ZoneOffset.UTC) * 1000;
        } catch (DateTimeException e) {
            throw Row.wrong("InvoiceDate", time, "a time such as 2010-12-01 08:26:00");
        }
    }

    /** user,item,category,behaviour,seconds with behaviour pv, cart, fav or buy. */
    static Table taobao() {
        return Table.ordered(
                ",",
                (row, number, titles) -> {
                    Action action = switch (row.text("behaviour")) {
                        case "pv" -> Action.CLICK;
                        case "cart" -> Action.CART;
                        case "fav" -> Action.LIKE;
                        case "buy" -> Action.PURCHASE;
                        default -> throw Row.wrong("behaviour", row.text("behaviour"), "pv, cart, fav or buy");
                    };
                    if (row.text("time").length() != SECONDS_DIGITS) {
                        throw Row.wrong("time", row.text("time"), "ten digits of seconds");
                    }
                    long time = row.whole("time") * 1000;
                    return List.of(BehaviourEvent.of("taobao:" + number, action, time, row.id("user"), row.id("item")));
                },
                "user",
                "item",
                "category",
                "behaviour",
                "time");
    }

    /** CSV with a header: timestamp, visitorid, event with view, addtocart or transaction, itemid. */
    static Table retailRocket() {
        return Table.named(
                ",",
                (row, number, titles) -> {
                    Action action = switch (row.text("event")) {
                        case "view" -> Action.CLICK;
                        case "addtocart" -> Action.CART;
                        case "transaction" -> Action.PURCHASE;
                        default -> throw Row.wrong("event", row.text("event"), "view, addtocart or transaction");
                    };
                    long time = row.whole("timestamp");
                    return List.of(BehaviourEvent.of(
                            "retailrocket:" + number, action, time, row.id("visitorid"), row.id("itemid")));
                },
                "timestamp",
                "visitorid",
                "event",
                "itemid");
    }
}
