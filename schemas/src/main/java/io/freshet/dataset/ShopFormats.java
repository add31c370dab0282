package io.freshet.dataset;

import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;

/** Lines of shops: purchases, carts, clicks. */
final class ShopFormats {
    private static final DateTimeFormatter RETAIL_TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    private ShopFormats() {}

    /**
     * InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country; an invoice that starts with C
     * is a cancellation.
     */
    static List<BehaviourEvent> onlineRetail(String line, long number, Map<String, String> titles) {
        List<String> f = Lines.csv(line);
        String user = f.get(6);
        if (user.equals("NA") || user.isEmpty()) {
            return List.of();
        }
        String item = f.get(1);
        if (!f.get(2).equals("NA")) {
            titles.putIfAbsent(item, f.get(2).strip());
        }
        Action action = f.get(0).startsWith("C") ? Action.REFUND : Action.PURCHASE;
        long time = LocalDateTime.parse(f.get(4), RETAIL_TIME).toEpochSecond(ZoneOffset.UTC) * 1000;
        double value = Double.parseDouble(f.get(3)) * Double.parseDouble(f.get(5));
        return List.of(BehaviourEvent.of("online-retail:" + number, action, time, user, item)
                .withValue(value));
    }

    /** user,item,category,behaviour,seconds with behaviour pv, cart, fav or buy. */
    static List<BehaviourEvent> taobao(String line, long number, Map<String, String> titles) {
        String[] f = line.split(",");
        Action action = switch (f[3]) {
            case "pv" -> Action.CLICK;
            case "cart" -> Action.CART;
            case "fav" -> Action.LIKE;
            case "buy" -> Action.PURCHASE;
            default -> throw new IllegalArgumentException("behaviour " + f[3]);
        };
        if (f[4].length() != 10) {
            throw new IllegalArgumentException("time " + f[4]);
        }
        return List.of(BehaviourEvent.of("taobao:" + number, action, Long.parseLong(f[4]) * 1000, f[0], f[1]));
    }

    /** timestamp,visitorid,event,itemid,transactionid with event view, addtocart or transaction. */
    static List<BehaviourEvent> retailRocket(String line, long number, Map<String, String> titles) {
        String[] f = line.split(",");
        Action action = switch (f[2]) {
            case "view" -> Action.CLICK;
            case "addtocart" -> Action.CART;
            case "transaction" -> Action.PURCHASE;
            default -> throw new IllegalArgumentException("event " + f[2]);
        };
        return List.of(BehaviourEvent.of("retailrocket:" + number, action, Long.parseLong(f[0]), f[1], f[3]));
    }
}
