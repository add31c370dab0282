package io.freshet.model;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ranking;
import io.freshet.store.ItemRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * All items at hand, resident on a device: the learner's and the scorer's item matrix.
 *
 * <p>An item's index is its place in order of ordinals, so it is a function of the set of items alone. An item's score
 * for query {@code y} is {@code <y, E> / (|E| tau) + w * log-popularity}, and the same with a recent popularity; a
 * popularity is a decayed count of sightings, whose logarithm falls on a straight line between sightings.
 */
public final class Catalogue {
    /** Lowest log-popularity. */
    private static final float FLOOR = -12f;

    private static final double LN2 = Math.log(2);

    private final ModelConfig config;
    private final Device device;
    private final LongIndex index = new LongIndex();
    private int size;
    private long[] items = new long[1024];
    private String[] names = new String[1024];
    private int[] ordinals = new int[1024];
    private float[] frequency = new float[1024];
    private float[] logFrequency = new float[1024];
    private float[] recent = new float[1024];
    private float[] logRecent = new float[1024];
    private long[] lastTick = new long[1024];
    private float[] scale = new float[1024];
    private float[] bias = new float[1024];
    private Floats rows;
    private Floats deviceScale;
    private Floats deviceBias;

    public Catalogue(ModelConfig config, Device device) {
        this.config = config;
        this.device = device;
        rows = device.floats(1024 * config.width());
        deviceScale = device.floats(1024);
        deviceBias = device.floats(1024);
    }

    /** Number of items. */
    public int size() {
        return size;
    }

    /** Index of an item; negative if it is not here. */
    public int indexOf(long item) {
        return index.get(item);
    }

    /** Hashed id of the item at an index. */
    public long item(int at) {
        return items[at];
    }

    /** Id of the item at an index as the log has it. */
    public String name(int at) {
        return names[at];
    }

    /** Tick of an item's last sighting. */
    public long lastTick(int at) {
        return lastTick[at];
    }

    /** Position of an item in order of admission. */
    public int ordinal(int at) {
        return ordinals[at];
    }

    /** Embedding rows, {@code [V, D]}. */
    public Floats rows() {
        return rows;
    }

    /** Adds an item or replaces its row. New items must come in order of ordinals for indices to be canonical. */
    public int put(ItemRow row) {
        int at = index.get(row.item());
        if (at < 0) {
            at = size++;
            grow();
            index.put(row.item(), at);
            items[at] = row.item();
            names[at] = row.name();
            ordinals[at] = row.ordinal();
        }
        frequency[at] = row.frequency();
        logFrequency[at] = (float) StrictMath.log(Math.max(row.frequency(), 1f));
        recent[at] = row.recentFrequency();
        logRecent[at] = (float) StrictMath.log(Math.max(row.recentFrequency(), 1f));
        lastTick[at] = row.lastTick();
        putEmbedding(at, row.embedding(), 0);
        return at;
    }

    /** Replaces the embedding at an index by {@code source[offset ... offset + D - 1]}. */
    public void putEmbedding(int at, float[] source, int offset) {
        int d = config.width();
        rows.upload(source, offset, at * d, d);
        double squares = 0;
        for (int i = 0; i < d; i++) {
            squares += (double) source[offset + i] * source[offset + i];
        }
        scale[at] = (float) (1 / (Math.max(Math.sqrt(squares), 1e-6) * config.temperature()));
    }

    /** Counts a sighting of an item in a tick. */
    public void sighted(int at, long tick) {
        long passed = tick - lastTick[at];
        frequency[at] = (float) (frequency[at] * decay(passed, config.popularityHalfLifeTicks()) + 1);
        logFrequency[at] = (float) StrictMath.log(frequency[at]);
        recent[at] = (float) (recent[at] * decay(passed, config.recentHalfLifeTicks()) + 1);
        logRecent[at] = (float) StrictMath.log(recent[at]);
        lastTick[at] = tick;
    }

    private static double decay(long ticks, double halfLife) {
        return StrictMath.exp(-ticks * LN2 / halfLife);
    }

    /** Log of an item's recent popularity as of a tick. */
    public float logRecentPopularity(int at, long tick) {
        double fall = (tick - lastTick[at]) * LN2 / config.recentHalfLifeTicks();
        return (float) Math.max(FLOOR, logRecent[at] - fall);
    }

    /** What an item's popularity adds to its score. */
    public float popularityBias(int at, long tick, float[] priors) {
        return priors[0] * logPopularity(at, tick) + priors[1] * logRecentPopularity(at, tick);
    }

    /** Log of an item's decayed popularity as of a tick. */
    public float logPopularity(int at, long tick) {
        double fall = (tick - lastTick[at]) * LN2 / config.popularityHalfLifeTicks();
        return (float) Math.max(FLOOR, logFrequency[at] - fall);
    }

    /** The row at an index, copied. */
    public ItemRow row(int at) {
        float[] embedding = new float[config.width()];
        rows.download(at * config.width(), embedding, 0, embedding.length);
        return new ItemRow(items[at], names[at], ordinals[at], frequency[at], recent[at], lastTick[at], embedding);
    }

    /**
     * The catalogue for ranking as of a tick; valid until the next change.
     *
     * @param priors weights of the priors, of which the first two are read
     * @param known items from this index on are left out (they were admitted, but nobody could have shown them yet)
     */
    public Ranking ranking(long tick, float[] priors, int known) {
        for (int v = 0; v < size; v++) {
            bias[v] = v < known ? popularityBias(v, tick, priors) : Float.NEGATIVE_INFINITY;
        }
        deviceScale.upload(scale, 0, 0, size);
        deviceBias.upload(bias, 0, 0, size);
        return new Ranking(size, config.width(), rows, deviceScale, deviceBias);
    }

    /** Removes items; the others keep their order and move up. */
    public void removeAll(java.util.Set<Long> gone) {
        List<ItemRow> kept = new ArrayList<>(size);
        for (int v = 0; v < size; v++) {
            if (!gone.contains(items[v])) {
                kept.add(row(v));
            }
        }
        load(kept);
    }

    /** Replaces the whole content; rows may come in any order. */
    public void load(List<ItemRow> all) {
        index.clear();
        size = 0;
        all.stream().sorted(Comparator.comparingInt(ItemRow::ordinal)).forEach(this::put);
    }

    private void grow() {
        if (size <= items.length) {
            return;
        }
        int capacity = items.length * 2;
        items = Arrays.copyOf(items, capacity);
        names = Arrays.copyOf(names, capacity);
        ordinals = Arrays.copyOf(ordinals, capacity);
        frequency = Arrays.copyOf(frequency, capacity);
        logFrequency = Arrays.copyOf(logFrequency, capacity);
        recent = Arrays.copyOf(recent, capacity);
        logRecent = Arrays.copyOf(logRecent, capacity);
        lastTick = Arrays.copyOf(lastTick, capacity);
        scale = Arrays.copyOf(scale, capacity);
        bias = Arrays.copyOf(bias, capacity);
        float[] host = new float[rows.length()];
        rows.download(0, host, 0, host.length);
        rows = device.floats(capacity * config.width());
        rows.upload(host, 0, 0, host.length);
        deviceScale = device.floats(capacity);
        deviceBias = device.floats(capacity);
    }
}
