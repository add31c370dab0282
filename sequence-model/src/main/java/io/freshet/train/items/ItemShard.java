package io.freshet.train.items;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.ScoringTable;
import io.freshet.model.LogitBiases;
import io.freshet.model.LongIndex;
import io.freshet.model.ModelConfig;
import io.freshet.model.cooccurrence.CoOccurrences;
import io.freshet.model.cooccurrence.ItemPlaces;
import io.freshet.model.items.ItemDirectory;
import io.freshet.model.items.ItemMatrix;
import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.OptimizerState;
import io.freshet.store.RowChange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The items of one lane: their embeddings, optimizer state, and the co-occurrences that the lane counts. An item's
 * {@code shardRow} is its rank among the lane's items in order of admission.
 */
public final class ItemShard implements ItemPlaces {
    private final ItemDirectory directory;
    private final ItemMatrix matrix;
    private final OptimizerStates states = new OptimizerStates();
    /** The shardRow of every item, by id. */
    private final LongIndex shardRows = new LongIndex();
    /** The shardRows that changed in this tick. */
    private final TouchedRows touched = new TouchedRows();

    private final CoOccurrences coOccurrences = new CoOccurrences();
    /** The itemIndex of every source whose co-occurrences here changed in this tick. */
    private final TouchedRows touchedCoOccurrences = new TouchedRows();
    /** The itemIndex of every shardRow, rising, {@code [Vs]}. */
    private int[] itemIndices = new int[256];

    private int size;
    private int generation;

    ItemShard(ModelConfig config, Device device, ItemDirectory directory) {
        this.directory = directory;
        matrix = new ItemMatrix(config, device);
    }

    /** Number of items, {@code Vs}. */
    public int size() {
        return size;
    }

    /** The shardRow of an item, by id; negative if it is not this lane's. */
    public int shardRowOf(long item) {
        return shardRows.get(item);
    }

    @Override
    public int of(long item) {
        return shardRowOf(item);
    }

    /** Number of evictions so far: only they move items. */
    @Override
    public int generation() {
        return generation;
    }

    /** The itemIndex of the item at a shardRow. */
    public int itemIndex(int shardRow) {
        return itemIndices[shardRow];
    }

    /** Number of items of this lane that stand before an itemIndex in the directory. */
    public int shardRowsBefore(int itemIndex) {
        int at = Arrays.binarySearch(itemIndices, 0, size, itemIndex);
        return at >= 0 ? at : -at - 1;
    }

    /** Embeddings, {@code [Vs, D]}; another block after it grew. */
    public Floats rows() {
        return matrix.rows();
    }

    /** Adds the item at an itemIndex, which is behind all others, with {@code embedding [D]}. */
    void add(int itemIndex, float[] embedding, OptimizerState optimizerState) {
        if (size == itemIndices.length) {
            itemIndices = Arrays.copyOf(itemIndices, 2 * size);
        }
        itemIndices[size] = itemIndex;
        matrix.put(size, embedding, 0);
        states.put(size, optimizerState);
        shardRows.put(directory.item(itemIndex), size);
        size++;
    }

    /** Replaces an embedding by {@code source [D]}, from {@code offset} on. */
    public void putEmbedding(int shardRow, float[] source, int offset) {
        matrix.put(shardRow, source, offset);
        touched.add(shardRow);
    }

    /** Decayed mean of a row's squared gradients. */
    public float secondMoment(int shardRow) {
        return states.secondMoment(shardRow);
    }

    /** Step that moved a row last; 0 if none did. */
    public long lastStep(int shardRow) {
        return states.lastStep(shardRow);
    }

    /** Sets a row's optimizer state as of a step. */
    public void updateOptimizerState(int shardRow, float secondMoment, long step) {
        states.update(shardRow, secondMoment, step);
    }

    void touch(int shardRow) {
        touched.add(shardRow);
    }

    /**
     * This lane's items for ranking, {@code [Vs, D]}.
     *
     * @param logitWeights {@code [B]}
     * @param rankable items from this itemIndex on are left out
     */
    public ScoringTable scoringTable(long tick, float[] logitWeights, int rankable) {
        return matrix.scoringTable(
                size,
                LogitBiases.logitScale(logitWeights),
                shardRow -> itemIndices[shardRow] < rankable
                        ? directory.popularityBias(itemIndices[shardRow], tick, logitWeights)
                        : Double.NEGATIVE_INFINITY);
    }

    /** Co-occurrences that this lane counts. */
    public CoOccurrences coOccurrences() {
        return coOccurrences;
    }

    /** Counts that an item of this lane stood {@code lag} shardRows from another item. */
    void count(int source, long neighbour, int lag) {
        coOccurrences.count(directory.item(source), neighbour, lag);
        touchedCoOccurrences.add(source);
    }

    /** Begins a tick in which nothing has changed. */
    public void beginTick() {
        touched.begin();
        touchedCoOccurrences.begin();
    }

    /** Rows that changed in this tick, in order of admission. */
    public List<RowChange> changedRows() {
        List<RowChange> rows = new ArrayList<>();
        for (int shardRow : touched.sorted()) {
            rows.add(new RowChange(directory.row(itemIndices[shardRow], matrix.row(shardRow)), states.at(shardRow)));
        }
        return rows;
    }

    /** Co-occurrence rows that changed in this tick, in order of their items' ordinals. */
    public List<CoOccurrenceRow> changedCoOccurrences() {
        List<CoOccurrenceRow> rows = new ArrayList<>();
        for (int source : touchedCoOccurrences.sorted()) {
            CoOccurrenceRow row = coOccurrences.row(directory.item(source));
            if (row != null) {
                rows.add(row);
            }
        }
        return rows;
    }

    /**
     * Takes items out; the others move up. The directory has them still.
     *
     * @param removed ids, of any lane
     * @return those that were this lane's, or whose co-occurrences were, in the order given
     */
    List<Long> evict(List<Long> removed) {
        List<Long> affected = new ArrayList<>();
        List<Integer> left = new ArrayList<>();
        for (long item : removed) {
            int shardRow = shardRows.get(item);
            boolean counted = coOccurrences.remove(item);
            if (shardRow >= 0) {
                left.add(shardRow);
            }
            if (shardRow >= 0 || counted) {
                affected.add(item);
            }
        }
        touchedCoOccurrences.removeAll(removed.stream().map(directory::indexOf).toList());
        left.sort(null);
        touched.removeAll(left);
        states.removeAll(left, size);
        int to = 0;
        int next = 0;
        for (int shardRow = 0; shardRow < size; shardRow++) {
            if (next < left.size() && left.get(next) == shardRow) {
                next++;
            } else {
                matrix.put(to, matrix.row(shardRow), 0);
                itemIndices[to++] = itemIndices[shardRow];
            }
        }
        size = to;
        return affected;
    }

    /** Takes the directory's indices of {@code items [Vs]}, ids by shardRow, as they are after an eviction. */
    void reindex(long[] items) {
        generation++;
        shardRows.clear();
        for (int shardRow = 0; shardRow < size; shardRow++) {
            shardRows.put(items[shardRow], shardRow);
            itemIndices[shardRow] = directory.indexOf(items[shardRow]);
        }
    }

    /** Ids of this lane's items, by shardRow, {@code [Vs]}. */
    long[] items() {
        long[] items = new long[size];
        for (int shardRow = 0; shardRow < size; shardRow++) {
            items[shardRow] = directory.item(itemIndices[shardRow]);
        }
        return items;
    }
}
