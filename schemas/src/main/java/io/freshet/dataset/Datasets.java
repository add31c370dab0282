package io.freshet.dataset;

import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** The data sets that can be read, by name; files may be plain or {@code .gz}. */
public final class Datasets {
    /** Names for {@link #open}. */
    public static final List<String> NAMES =
            List.of("online-retail", "globo", "ml-100k", "ml-1m", "ml-20m", "taobao", "retailrocket");

    private static final DateTimeFormatter RETAIL_TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    private Datasets() {}

    /**
     * Opens a data set.
     *
     * @param path file in the official format; null for the one that ships (online-retail)
     * @throws IllegalArgumentException if the name is unknown, or a path is needed
     */
    public static EventStream open(String name, @Nullable Path path) {
        return switch (name) {
            case "online-retail" -> new LineStream(reader(path, "online_retail.csv.gz"), 1, Datasets::onlineRetail);
            case "globo" -> new LineStream(reader(path, null), 1, Datasets::globo);
            case "ml-100k" -> new SortedStream(new LineStream(reader(path, null), 0, Datasets::movieLens100k));
            case "ml-1m" -> new SortedStream(new LineStream(reader(path, null), 0, Datasets::movieLens1m));
            case "ml-20m" -> new SortedStream(new LineStream(reader(path, null), 1, Datasets::movieLens20m));
            case "taobao" -> new SortedStream(new LineStream(reader(path, null), 0, Datasets::taobao));
            case "retailrocket" -> new SortedStream(new LineStream(reader(path, null), 1, Datasets::retailRocket));
            default -> throw new IllegalArgumentException("unknown data set " + name + "; known are " + NAMES);
        };
    }

    private static BufferedReader reader(@Nullable Path path, @Nullable String resource) {
        try {
            InputStream in;
            if (path != null) {
                in = Files.newInputStream(path);
            } else if (resource != null) {
                in = Datasets.class.getResourceAsStream("/datasets/" + resource);
            } else {
                throw new IllegalArgumentException(
                        "this data set does not ship with Freshet; give its file with --path");
            }
            if (in == null) {
                throw new IllegalStateException("the class path lacks /datasets/" + resource);
            }
            boolean zipped = path == null || path.toString().endsWith(".gz");
            InputStream plain = zipped ? new GZIPInputStream(in, 1 << 16) : in;
            return new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8), 1 << 16);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open " + path, e);
        }
    }

    /**
     * InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country; an invoice that starts with
     * C is
     * a cancellation.
     */
    private static @Nullable BehaviourEvent onlineRetail(String line, long number, Map<String, String> titles) {
        List<String> f = csv(line);
        String user = f.get(6);
        if (user.equals("NA") || user.isEmpty()) {
            return null;
        }
        String item = f.get(1);
        if (!f.get(2).equals("NA")) {
            titles.putIfAbsent(item, f.get(2).strip());
        }
        Action action = f.get(0).startsWith("C") ? Action.REFUND : Action.PURCHASE;
        long time = LocalDateTime.parse(f.get(4), RETAIL_TIME).toEpochSecond(ZoneOffset.UTC) * 1000;
        double value = Double.parseDouble(f.get(3)) * Double.parseDouble(f.get(5));
        return BehaviourEvent.of("online-retail:" + number, action, time, user, item)
                .withValue(value);
    }

    /** user_id,session_id,session_start,session_size,click_article_id,click_timestamp,... sorted by click time. */
    private static BehaviourEvent globo(String line, long number, Map<String, String> titles) {
        String[] f = line.split(",");
        return BehaviourEvent.of("globo:" + number, Action.CLICK, Long.parseLong(f[5]), f[0], f[4]);
    }

    /** user TAB item TAB rating TAB seconds; a header line, if any, is left out. */
    private static @Nullable BehaviourEvent movieLens100k(String line, long number, Map<String, String> titles) {
        if (number == 1 && line.startsWith("user_id")) {
            return null;
        }
        return rating("ml-100k", number, line.split("\t"));
    }

    /** UserID::MovieID::Rating::Timestamp. */
    private static BehaviourEvent movieLens1m(String line, long number, Map<String, String> titles) {
        return rating("ml-1m", number, line.split("::"));
    }

    /** userId,movieId,rating,timestamp. */
    private static BehaviourEvent movieLens20m(String line, long number, Map<String, String> titles) {
        return rating("ml-20m", number, line.split(","));
    }

    private static BehaviourEvent rating(String name, long number, String[] f) {
        long time = (long) (Double.parseDouble(f[3]) * 1000);
        return BehaviourEvent.of(name + ":" + number, Action.RATE, time, f[0], f[1])
                .withValue(Double.parseDouble(f[2]));
    }

    /** user,item,category,behaviour,seconds with behaviour pv, cart, fav or buy. */
    private static BehaviourEvent taobao(String line, long number, Map<String, String> titles) {
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
        return BehaviourEvent.of("taobao:" + number, action, Long.parseLong(f[4]) * 1000, f[0], f[1]);
    }

    /** timestamp,visitorid,event,itemid,transactionid with event view, addtocart or transaction. */
    private static BehaviourEvent retailRocket(String line, long number, Map<String, String> titles) {
        String[] f = line.split(",");
        Action action = switch (f[2]) {
            case "view" -> Action.CLICK;
            case "addtocart" -> Action.CART;
            case "transaction" -> Action.PURCHASE;
            default -> throw new IllegalArgumentException("event " + f[2]);
        };
        return BehaviourEvent.of("retailrocket:" + number, action, Long.parseLong(f[0]), f[1], f[3]);
    }

    /** Fields of a line with quoted fields; a doubled quote inside quotes is one quote. */
    static List<String> csv(String line) {
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"') {
                if (quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                    field.append('"');
                    i++;
                } else {
                    quoted = !quoted;
                }
            } else if (c == ',' && !quoted) {
                fields.add(field.toString());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        fields.add(field.toString());
        return fields;
    }
}
