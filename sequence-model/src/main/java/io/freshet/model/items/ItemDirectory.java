package io.freshet.model.items;

import io.freshet.model.LogitBiases;
import io.freshet.model.LongIndex;
import io.freshet.model.ModelConfig;
import io.freshet.store.ItemRow;
import java.util.Arrays;
import java.util.Set;

/**
 * The items of a model but for their embeddings: id, name, ordinal and popularities of each, by item index (see the
 * package).
 *
 * <p>A popularity is a decayed count of interactions that wanted the item; its logarithm falls on a straight line
 * between two of them.
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

    /** V, number of items. */
    public int size() {
        return size;
    }

    /** Item index of an item; negative if there is no such item. */
    public int indexOf(long item) {
        return index.get(item);
    }

    /** Hashed id of the item at an index. */
    public long item(int itemIndex) {
        return items[itemIndex];
    }

    /** Id of the item at an index as the log has it. */
    public String name(int itemIndex) {
        return names[itemIndex];
    }

    /** Tick of the last interaction that wanted an item. */
    public long lastTick(int itemIndex) {
        return lastTick[itemIndex];
    }

    /** Ordinal of an item. */
    public long ordinal(int itemIndex) {
        return ordinals[itemIndex];
    }

    /**
     * Adds an item, or replaces all but its id, name and ordinal; its embedding is not read. New items must come in
     * order of ordinals for indices to be canonical. One that nobody wanted yet has the lowest popularity.
     *
     * @return its item index
     */
    public int put(ItemRow row) {
        int itemIndex = index.get(row.item());
        if (itemIndex < 0) {
            itemIndex = size++;
            grow();
            index.put(row.item(), itemIndex);
            items[itemIndex] = row.item();
            names[itemIndex] = row.name();
            ordinals[itemIndex] = row.ordinal();
        }
        frequency[itemIndex] = row.frequency();
        logFrequency[itemIndex] = logOf(row.frequency());
        recent[itemIndex] = row.recentFrequency();
        logRecent[itemIndex] = logOf(row.recentFrequency());
        lastTick[itemIndex] = row.lastTick();
        return itemIndex;
    }

    private static float logOf(float frequency) {
        return frequency > 0 ? (float) StrictMath.log(Math.max(frequency, 1f)) : FLOOR;
    }

    /** Gives an item that nobody wanted yet the popularity of one interaction, which this tick will bring. */
    public void expect(int itemIndex) {
        logFrequency[itemIndex] = Math.max(logFrequency[itemIndex], 0f);
        logRecent[itemIndex] = Math.max(logRecent[itemIndex], 0f);
    }

    /** The row of the item at an index, with {@code embedding [D]}. */
    public ItemRow row(int itemIndex, float[] embedding) {
        return new ItemRow(
                items[itemIndex],
                names[itemIndex],
                ordinals[itemIndex],
                frequency[itemIndex],
                recent[itemIndex],
                lastTick[itemIndex],
                embedding);
    }

    /** Counts an interaction of a tick that wanted an item. */
    public void recordInteraction(int itemIndex, long tick) {
        long elapsed = tick - lastTick[itemIndex];
        frequency[itemIndex] = (float) (frequency[itemIndex] * decay(elapsed, config.popularityHalfLifeTicks()) + 1);
        logFrequency[itemIndex] = (float) StrictMath.log(frequency[itemIndex]);
        recent[itemIndex] = (float) (recent[itemIndex] * decay(elapsed, config.recentHalfLifeTicks()) + 1);
        logRecent[itemIndex] = (float) StrictMath.log(recent[itemIndex]);
        lastTick[itemIndex] = tick;
    }

    private static double decay(long ticks, double halfLife) {
        return StrictMath.exp(-ticks * LN2 / halfLife);
    }

    /** Log of an item's decayed popularity as of a tick. */
    public float logPopularity(int itemIndex, long tick) {
        double fall = (tick - lastTick[itemIndex]) * LN2 / config.popularityHalfLifeTicks();
        return (float) Math.max(FLOOR, logFrequency[itemIndex] - fall);
    }

    /** Log of an item's recent popularity as of a tick. */
    public float logRecentPopularity(int itemIndex, long tick) {
        double fall = (tick - lastTick[itemIndex]) * LN2 / config.recentHalfLifeTicks();
        return (float) Math.max(FLOOR, logRecent[itemIndex] - fall);
    }

    /**
     * What an item's popularities add to its logit.
     *
     * @param logitBiases {@code [LogitBiases.COUNT]}, of which the popularities' are read
     */
    public float popularityBias(int itemIndex, long tick, float[] logitBiases) {
        return logitBiases[LogitBiases.POPULARITY] * logPopularity(itemIndex, tick)
                + logitBiases[LogitBiases.RECENT_POPULARITY] * logRecentPopularity(itemIndex, tick);
    }

    /** Takes items out; the others keep their order and move up. */
    public void removeAll(Set<Long> removed) {
        int before = size;
        index.clear();
        size = 0;
        for (int itemIndex = 0; itemIndex < before; itemIndex++) {
            if (!removed.contains(items[itemIndex])) {
                move(itemIndex, size);
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
