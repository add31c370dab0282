package io.freshet.model.items;

import io.freshet.model.LongIndex;
import io.freshet.model.ModelConfig;
import io.freshet.store.ItemRow;
import java.util.Arrays;

/**
 * What is known of every item but its embedding: id, name, place in order of admission, and popularities. An item's
 * index is its place in order of ordinals, so it is a function of the set of items alone.
 *
 * <p>A popularity is a decayed count of sightings, whose logarithm falls on a straight line between sightings.
 */
public final class ItemDirectory {
    /** Lowest log-popularity. */
    private static final float FLOOR = -12f;

    private static final double LN2 = StrictMath.log(2);

    private final ModelConfig config;
    private final LongIndex index = new LongIndex();
    private int size;
    private long[] items = new long[1024]; // [V]
    private String[] names = new String[1024]; // [V]
    private long[] ordinals = new long[1024]; // [V]
    private float[] frequency = new float[1024]; // [V] wanted interactions, decayed
    private float[] logFrequency = new float[1024]; // [V] ln
    private float[] recent = new float[1024]; // [V] wanted interactions, decayed
    private float[] logRecent = new float[1024]; // [V] ln
    private long[] lastTick = new long[1024]; // [V] tick

    public ItemDirectory(ModelConfig config) {
        this.config = config;
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
    public long ordinal(int at) {
        return ordinals[at];
    }

    /**
     * Adds an item or replaces what is known of it; its embedding is not read. New items must come in order of ordinals
     * for indices to be canonical. One that was never sighted has the lowest popularity.
     *
     * @return its index
     */
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
        logFrequency[at] = logOf(row.frequency());
        recent[at] = row.recentFrequency();
        logRecent[at] = logOf(row.recentFrequency());
        lastTick[at] = row.lastTick();
        return at;
    }

    private static float logOf(float frequency) {
        return frequency > 0 ? (float) StrictMath.log(Math.max(frequency, 1f)) : FLOOR;
    }

    /** Says of an item without sightings that it will be sighted in this tick: until then it stands as if it was. */
    public void expect(int at) {
        logFrequency[at] = Math.max(logFrequency[at], 0f);
        logRecent[at] = Math.max(logRecent[at], 0f);
    }

    /** The row of the item at an index, with an embedding. */
    public ItemRow row(int at, float[] embedding) {
        return new ItemRow(items[at], names[at], ordinals[at], frequency[at], recent[at], lastTick[at], embedding);
    }

    /** Counts a sighting of an item in a tick: that somebody wanted it. */
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

    /** Log of an item's decayed popularity as of a tick. */
    public float logPopularity(int at, long tick) {
        double fall = (tick - lastTick[at]) * LN2 / config.popularityHalfLifeTicks();
        return (float) Math.max(FLOOR, logFrequency[at] - fall);
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

    /** Takes items out; the others keep their order and move up. */
    public void removeAll(java.util.Set<Long> gone) {
        int before = size;
        index.clear();
        size = 0;
        for (int at = 0; at < before; at++) {
            if (!gone.contains(items[at])) {
                move(at, size);
                index.put(items[size], size);
                size++;
            }
        }
        Arrays.fill(names, size, before, null);
    }

    private void move(int from, int to) {
        items[to] = items[from];
        names[to] = names[from];
        ordinals[to] = ordinals[from];
        frequency[to] = frequency[from];
        logFrequency[to] = logFrequency[from];
        recent[to] = recent[from];
        logRecent[to] = logRecent[from];
        lastTick[to] = lastTick[from];
    }

    /** Forgets all items. */
    public void clear() {
        index.clear();
        Arrays.fill(names, 0, size, null);
        size = 0;
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
    }
}
