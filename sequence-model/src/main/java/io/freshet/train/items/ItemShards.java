package io.freshet.train.items;

import io.freshet.kernel.Device;
import io.freshet.model.CounterRandom;
import io.freshet.model.ModelConfig;
import io.freshet.model.items.ItemDirectory;
import io.freshet.store.ItemRow;
import io.freshet.store.LaneRange;
import io.freshet.store.OptimizerState;
import io.freshet.store.StoreLayout;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The directory of all items, which every learner has, and the shards of the lanes that are owned here. */
public final class ItemShards {
    private final ModelConfig config;
    private final StoreLayout layout;
    private final LaneRange owned;
    private final ItemDirectory directory;
    private final List<ItemShard> shards = new ArrayList<>();
    /** Lane of every item, by itemIndex, {@code [V]}. */
    private int[] lanes = new int[1024];

    /** An empty catalogue, with shards for the owned lanes. */
    public ItemShards(ModelConfig config, StoreLayout layout, LaneRange owned, Device device) {
        this.config = config;
        this.layout = layout;
        this.owned = owned;
        directory = new ItemDirectory(config);
        for (int lane = owned.from(); lane < owned.to(); lane++) {
            shards.add(new ItemShard(config, device, directory));
        }
    }

    /** The directory of all items. */
    public ItemDirectory directory() {
        return directory;
    }

    /** Lanes whose shards are here. */
    public LaneRange owned() {
        return owned;
    }

    /** Shard of an owned lane. */
    public ItemShard shard(int lane) {
        owned.require(lane);
        return shards.get(lane - owned.from());
    }

    /** Number of lanes of all learners. */
    public int lanes() {
        return layout.lanes();
    }

    /** Lane of the item at an itemIndex. */
    public int laneOf(int itemIndex) {
        return lanes[itemIndex];
    }

    /**
     * Takes an item in as of a tick, with the initial embedding that its id has.
     *
     * @param wanted whether the event says yes: only then the item stands as if it had been interacted with
     */
    public void admit(LogEvent event, long ordinal, long tick, boolean wanted) {
        float[] embedding = new float[config.width()];
        long key = CounterRandom.mix(config.seed(), event.item());
        CounterRandom.fill(key, embedding, 0, embedding.length, 0.02f);
        ItemRow row = new ItemRow(event.item(), event.itemName(), ordinal, 0, 0, tick, embedding);
        put(row, new OptimizerState(0, 0));
        if (wanted) {
            directory.expect(directory.indexOf(event.item()));
        }
    }

    /** Takes a row in whose item is behind all others. The embedding of an item of another lane is not read. */
    public void put(ItemRow row, OptimizerState optimizerState) {
        int at = directory.put(row);
        if (at >= lanes.length) {
            lanes = Arrays.copyOf(lanes, 2 * at);
        }
        lanes[at] = layout.laneOf(row.item());
        if (owned.contains(lanes[at])) {
            shard(lanes[at]).add(at, row.embedding(), optimizerState);
        }
    }

    /** Marks the row of an item as changed in this tick, if it is owned here. */
    public void touch(int itemIndex) {
        if (owned.contains(lanes[itemIndex])) {
            ItemShard shard = shard(lanes[itemIndex]);
            shard.touch(shard.shardRowOf(directory.item(itemIndex)));
        }
    }

    /** Counts that two items stood {@code lag} places apart in a history, as far as owned lanes remember it. */
    public void countCoOccurrence(int first, int second, int lag) {
        if (owned.contains(lanes[second])) {
            shard(lanes[second]).count(first, directory.item(second), lag);
        }
        if (first != second && owned.contains(lanes[first])) {
            shard(lanes[first]).count(second, directory.item(first), lag);
        }
    }

    /**
     * Chooses the longest unseen items when there are more than the capacity allows, down to nine tenths of it.
     *
     * @param tick items with a positive interaction in it stay
     * @return their itemIndices, rising, {@code [excess]}
     */
    public int[] excess(long tick, int capacity) {
        if (directory.size() <= capacity) {
            return new int[0];
        }
        List<Integer> oldest = new ArrayList<>();
        for (int at = 0; at < directory.size(); at++) {
            if (directory.lastTick(at) < tick) {
                oldest.add(at);
            }
        }
        oldest.sort(Comparator.comparingLong(directory::lastTick));
        int excess = directory.size() - capacity / 10 * 9;
        return oldest.subList(0, Math.min(excess, oldest.size())).stream()
                .mapToInt(Integer::intValue)
                .sorted()
                .toArray();
    }

    /**
     * Takes items out.
     *
     * @param itemIndices rising, {@code [removed]}
     * @return per owned lane, what was removed from it; empty lists where nothing is
     */
    public Map<Integer, List<Long>> evict(int[] itemIndices) {
        Map<Integer, List<Long>> removed = new TreeMap<>();
        if (itemIndices.length == 0) {
            return removed;
        }
        List<Long> items = Arrays.stream(itemIndices).mapToObj(directory::item).toList();
        List<long[]> left = new ArrayList<>();
        for (int lane = owned.from(); lane < owned.to(); lane++) {
            removed.put(lane, shard(lane).evict(items));
            left.add(shard(lane).items());
        }
        directory.removeAll(new HashSet<>(items));
        for (int at = 0; at < directory.size(); at++) {
            lanes[at] = layout.laneOf(directory.item(at));
        }
        for (int i = 0; i < left.size(); i++) {
            shards.get(i).reindex(left.get(i));
        }
        return removed;
    }
}
