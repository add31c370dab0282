package io.freshet.verification.faults.log;

import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EventEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A log without end that is hard on a learner, a function of its arguments and of what it is told: users by Zipf's law
 * over punctual partitions of unequal weight, the last one almost idle; one user with about 30 % of the events; 1 % of
 * the records no events; 1 % sent again, some of them when they have long left their user's history; timestamps that
 * step back; heartbeats. A sixth of the rest goes to partitions without heartbeats: one whose timestamps wander, one
 * that ends, one that is added.
 */
public final class SkewedLog {
    /** Id of the user with most of the events. */
    public static final String HOT_USER = "hot";

    private static final long HEARTBEAT_MILLIS = 250;
    private static final int USERS = 200;
    private static final int ITEMS = 400;
    private static final double HOT = 0.3;
    private static final double IDLE = 0.003;
    private static final int BAD_EVERY = 97;
    private static final int AGAIN_EVERY = 101;
    private static final int LONG_AGO_EVERY = 503;
    private static final int KEPT = 512;
    /** Users of each of the partitions that are not punctual. */
    private static final int OTHERS = 20;

    private static final double OTHER = 0.2;
    private static final int FAR_AHEAD_AT = 40;
    private static final long FAR_AHEAD_MILLIS = 55 * 60_000;
    private static final int BACK_FROM = 120;
    /** Not a whole day: a broker that starts again forgets producers whose last record is a day old. */
    private static final long BACK_MILLIS = 22 * 3_600_000L;

    /**
     * A record.
     *
     * @param number counts records that are no heartbeats, from 0; -1 for a heartbeat
     */
    public record Entry(long number, int partition, long timestamp, byte @Nullable [] key, byte @Nullable [] value) {}

    private final SplittableRandom random;
    private final EventEncoder encoder = new EventEncoder();
    private final LogLayout layout;
    private final double rate;
    private final int[] partitionOf = new int[USERS];
    private final double[] users;
    private final double[] items;
    private final int[] lastItem = new int[USERS + 2 + 3 * OTHERS];
    private final List<Entry> recent = new ArrayList<>();
    private final List<Entry> hot = new ArrayList<>();
    private final List<Entry> heartbeats = new ArrayList<>();
    private long number;
    private final long epoch;
    private long beat;
    private long wandered;
    private boolean added;
    private boolean ended;

    /**
     * @param epoch where the log's clock starts, ms since the epoch. Not long ago: a broker forgets the producers of
     *     records that are older than a day when it starts again, and could not tell a record that comes twice
     * @param rate records a second of log time
     */
    public SkewedLog(long seed, long epoch, LogLayout layout, double rate) {
        this.random = new SplittableRandom(seed);
        this.epoch = epoch;
        this.beat = epoch / HEARTBEAT_MILLIS;
        this.layout = layout;
        this.rate = rate;
        double[] weights = zipf(layout.punctual() - 1, 1.2);
        for (int user = 0; user < USERS; user++) {
            partitionOf[user] = draw(weights);
        }
        users = zipf(USERS, 0.8);
        items = zipf(ITEMS, 1.0);
    }

    /** Cumulative weights of Zipf's law. */
    private static double[] zipf(int n, double exponent) {
        double[] weights = new double[n];
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += Math.pow(i + 1, -exponent);
            weights[i] = sum;
        }
        return weights;
    }

    private int draw(double[] cumulative) {
        int at = Arrays.binarySearch(cumulative, random.nextDouble() * cumulative[cumulative.length - 1]);
        return Math.min(cumulative.length - 1, at < 0 ? -at - 1 : at);
    }

    /** The partition to be added is there: it has records and heartbeats from now on. */
    void partitionAdded() {
        added = true;
    }

    /** The ending partition has no more records. */
    void partitionEnds() {
        ended = true;
    }

    /** The next record. */
    public Entry next() {
        if (!heartbeats.isEmpty()) {
            return heartbeats.remove(0);
        }
        long now = epoch + (long) (number * 1000.0 / rate);
        if (now / HEARTBEAT_MILLIS > beat) {
            beat = now / HEARTBEAT_MILLIS;
            beat(beat);
            return heartbeats.remove(0);
        }
        Entry entry = entry(random.nextInt(20) == 0 ? now - random.nextInt(400) : now);
        number++;
        return entry;
    }

    private void beat(long at) {
        for (int partition = 0; partition < layout.punctual(); partition++) {
            heartbeats.add(new Entry(-1, partition, at * HEARTBEAT_MILLIS, null, null));
        }
        if (added) {
            heartbeats.add(new Entry(-1, layout.added(), at * HEARTBEAT_MILLIS, null, null));
        }
    }

    /** Heartbeats that close the last tick; nothing comes behind them. */
    List<Entry> end() {
        beat(beat + 1);
        return heartbeats;
    }

    private Entry entry(long timestamp) {
        if (number % BAD_EVERY == BAD_EVERY - 1) {
            int partition = random.nextInt(layout.punctual() - 1);
            return new Entry(number, partition, timestamp, null, bad(timestamp));
        }
        if (number % LONG_AGO_EVERY == LONG_AGO_EVERY - 1 && hot.size() == KEPT) {
            return again(hot.get(0), timestamp);
        }
        if (number % AGAIN_EVERY == AGAIN_EVERY - 1) {
            return again(recent.get(random.nextInt(recent.size())), timestamp);
        }
        double who = random.nextDouble();
        if (who < HOT) {
            Entry entry = event(HOT_USER, USERS, 0, timestamp);
            keep(hot, entry, KEPT);
            return entry;
        }
        if (who > 1 - IDLE) {
            return event("rare", USERS + 1, layout.punctual() - 1, timestamp);
        }
        if (who > 1 - IDLE - OTHER) {
            int other = random.nextInt(3);
            int user = random.nextInt(OTHERS);
            int place = USERS + 2 + other * OTHERS + user;
            if (other == 0) {
                return event("wandering-" + user, place, layout.wandering(), wander(timestamp));
            } else if (other == 1 && !ended) {
                return event("ending-" + user, place, layout.ending(), timestamp);
            } else if (other == 2 && added) {
                return event("added-" + user, place, layout.added(), timestamp);
            }
        }
        int user = draw(users);
        return event("user-" + user, user, partitionOf[user], timestamp);
    }

    private long wander(long timestamp) {
        long nth = wandered++;
        if (nth == FAR_AHEAD_AT) {
            return timestamp + FAR_AHEAD_MILLIS;
        }
        return nth < BACK_FROM ? timestamp : timestamp - BACK_MILLIS;
    }

    private static void keep(List<Entry> entries, Entry entry, int most) {
        entries.add(entry);
        if (entries.size() > most) {
            entries.remove(0);
        }
    }

    /** The same again; of partitions that stopped or wander, where it would not be the same, another event. */
    private Entry again(Entry entry, long timestamp) {
        if (entry.partition() == layout.wandering() || (ended && entry.partition() == layout.ending())) {
            return event(HOT_USER, USERS, 0, timestamp);
        }
        return new Entry(number, entry.partition(), timestamp, entry.key(), entry.value());
    }

    private Entry event(String user, int index, int partition, long timestamp) {
        int item = random.nextInt(10) < 6 ? (lastItem[index] * 7 + 3) % ITEMS : draw(items);
        lastItem[index] = item;
        Action action = random.nextInt(12) == 0 ? Action.PURCHASE : Action.CLICK;
        BehaviourEvent event = BehaviourEvent.of("e" + number, action, timestamp, user, "item-" + item);
        byte[] value = random.nextInt(5) == 0
                ? encoder.toJson(event.withValue(random.nextInt(1000) / 10.0))
                : encoder.toAvroSingleObject(event);
        Entry entry = new Entry(number, partition, timestamp, user.getBytes(StandardCharsets.UTF_8), value);
        keep(recent, entry, 32);
        return entry;
    }

    /** Bytes of a record that is no event. */
    private byte @Nullable [] bad(long timestamp) {
        BehaviourEvent good = BehaviourEvent.of("bad" + number, Action.CLICK, timestamp, HOT_USER, "item-1");
        byte[] whole = encoder.toAvroSingleObject(good);
        return switch (random.nextInt(4)) {
            case 0 -> null;
            case 1 -> Arrays.copyOf(whole, whole.length - 3);
            case 2 -> String.format(Locale.ROOT, "garbage %d", number).getBytes(StandardCharsets.UTF_8);
            default -> encoder.toJson(BehaviourEvent.of("bad" + number, Action.CLICK, timestamp, HOT_USER, ""));
        };
    }
}
