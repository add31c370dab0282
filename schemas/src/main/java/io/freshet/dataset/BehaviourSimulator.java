package io.freshet.dataset;

import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import java.util.Arrays;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A simulator of shoppers, for tests that need to know the truth: users have a taste (a cluster of items), sessions
 * walk from an item to its planted successor, tastes drift, and new items arrive. If they hide things, everybody has a
 * taste that he cannot stand, too: he takes nothing of it and hides what he sees of it. A function of its settings
 * alone.
 */
public final class BehaviourSimulator implements EventStream {
    private static final long EPOCH = 1_600_000_000_000L;

    /**
     * What is simulated.
     *
     * @param seed seed of everything
     * @param users users
     * @param clusters tastes
     * @param itemsPerCluster items of each taste at the start
     * @param events events in all
     * @param loyalty probability that an event is of the user's taste
     * @param succession probability that an event is the planted successor of the one before it in its session
     * @param driftEvery events after which one user in ten gets another taste; 0 for never
     * @param newItemEvery events after which a taste gets a new item; 0 for never
     * @param hides share of events that hide an item of the taste that the user cannot stand
     */
    public record Settings(
            long seed,
            int users,
            int clusters,
            int itemsPerCluster,
            long events,
            double loyalty,
            double succession,
            long driftEvery,
            long newItemEvery,
            double hides) {
        /** Nobody hides anything. */
        public Settings(
                long seed,
                int users,
                int clusters,
                int itemsPerCluster,
                long events,
                double loyalty,
                double succession,
                long driftEvery,
                long newItemEvery) {
            this(seed, users, clusters, itemsPerCluster, events, loyalty, succession, driftEvery, newItemEvery, 0);
        }

        /** Four hundred users with eight tastes, 50,000 events. */
        public static Settings small(long seed) {
            return new Settings(seed, 400, 8, 60, 50_000, 0.9, 0.5, 20_000, 500);
        }

        /** The same with a share of events that hide something. */
        public Settings withHides(double share) {
            return new Settings(
                    seed,
                    users,
                    clusters,
                    itemsPerCluster,
                    events,
                    loyalty,
                    succession,
                    driftEvery,
                    newItemEvery,
                    share);
        }
    }

    private final Settings settings;
    private final SplittableRandom random;
    /** Of hides alone, so that the rest is what it would be without them. */
    private final SplittableRandom moods;

    /** {@code [users]}: cluster that a user likes. */
    private final int[] taste;
    /** {@code [clusters]}: items so far. */
    private final int[] itemsOf;
    /** {@code [users]}: item within {@link #lastCluster}. */
    private final int[] lastItem;
    /** {@code [users]}. */
    private final int[] lastCluster;
    /** {@code [users]}: how often the next item of the cluster may still follow. */
    private final int[] left;

    private final Map<String, String> titles = new ConcurrentHashMap<>();
    private long sent;

    public BehaviourSimulator(Settings settings) {
        this.settings = settings;
        random = new SplittableRandom(settings.seed());
        moods = new SplittableRandom(~settings.seed());
        taste = new int[settings.users()];
        lastItem = new int[settings.users()];
        lastCluster = new int[settings.users()];
        left = new int[settings.users()];
        itemsOf = new int[settings.clusters()];
        for (int u = 0; u < taste.length; u++) {
            taste[u] = random.nextInt(settings.clusters());
        }
        Arrays.fill(itemsOf, settings.itemsPerCluster());
    }

    /** The user's taste as of the next event. */
    public int tasteOf(String user) {
        return taste[Integer.parseInt(user.substring(1))];
    }

    /** The taste that the user cannot stand as of the next event: another than his own. */
    public int aversionOf(String user) {
        return aversion(Integer.parseInt(user.substring(1)));
    }

    private int aversion(int user) {
        return (taste[user] + 1 + user % (settings.clusters() - 1)) % settings.clusters();
    }

    /** The taste that an item belongs to. */
    public static int clusterOf(String item) {
        return Integer.parseInt(item.substring(1, item.indexOf('-')));
    }

    @Override
    public boolean hasNext() {
        return sent < settings.events();
    }

    @Override
    public BehaviourEvent next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the simulation ended after " + sent + " events");
        }
        if (settings.driftEvery() > 0 && sent > 0 && sent % settings.driftEvery() == 0) {
            for (int u = random.nextInt(10); u < taste.length; u += 10) {
                taste[u] = random.nextInt(settings.clusters());
            }
        }
        if (settings.newItemEvery() > 0 && sent > 0 && sent % settings.newItemEvery() == 0) {
            itemsOf[random.nextInt(settings.clusters())]++;
        }
        if (settings.hides() > 0 && moods.nextDouble() < settings.hides()) {
            return hide(moods.nextInt(settings.users()));
        }
        int user = random.nextInt(settings.users());
        int cluster = random.nextDouble() < settings.loyalty() ? taste[user] : random.nextInt(settings.clusters());
        if (settings.hides() > 0 && cluster == aversion(user)) {
            cluster = taste[user];
        }
        int item;
        if (left[user] > 0 && random.nextDouble() < settings.succession()) {
            cluster = lastCluster[user];
            item = (lastItem[user] + 1) % itemsOf[cluster];
            left[user]--;
        } else {
            item = popular(cluster, random);
            left[user] = 1 + random.nextInt(5);
        }
        lastItem[user] = item;
        lastCluster[user] = cluster;
        return event(random.nextInt(10) == 0 ? Action.PURCHASE : Action.CLICK, user, cluster, item);
    }

    private BehaviourEvent hide(int user) {
        int cluster = aversion(user);
        return event(Action.HIDE, user, cluster, popular(cluster, moods));
    }

    /** Squaring makes low numbers popular. */
    private int popular(int cluster, SplittableRandom from) {
        double r = from.nextDouble();
        return (int) (r * r * itemsOf[cluster]);
    }

    private BehaviourEvent event(Action action, int user, int cluster, int item) {
        String id = "c" + cluster + "-" + item;
        titles.put(id, "simulated item " + item + " of taste " + cluster);
        long number = sent++;
        return BehaviourEvent.of("simulator:" + number, action, EPOCH + number * 1000, "u" + user, id);
    }

    @Override
    public long lines() {
        return sent;
    }

    @Override
    public String firstProblem() {
        return "";
    }

    @Override
    public Optional<Extent> extent() {
        return Optional.of(new Extent(settings.events(), EPOCH + settings.events() * 1000));
    }

    @Override
    public long malformedLines() {
        return 0;
    }

    @Override
    public long skippedLines() {
        return 0;
    }

    @Override
    public Map<String, String> titles() {
        return titles;
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
