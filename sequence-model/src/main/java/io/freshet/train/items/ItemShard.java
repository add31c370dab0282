package io.freshet.train.items;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ranking;
import io.freshet.model.ItemDirectory;
import io.freshet.model.ItemMatrix;
import io.freshet.model.LongIndex;
import io.freshet.model.ModelConfig;
import io.freshet.model.ModelParameters;
import io.freshet.model.Transitions;
import io.freshet.store.RowChange;
import io.freshet.store.RowSlot;
import io.freshet.store.TransitionRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The items of one lane: their embeddings, optimizer state, and what the lane remembers of neighbours. An item's
 * <em>shardRow</em> is its rank among the lane's items in order of admission.
 */
public final class ItemShard {
    private final ItemDirectory directory;
    private final ItemMatrix matrix;
    private final RowSlots slots = new RowSlots();
    private final LongIndex shardRows = new LongIndex();
    private final TouchedRows touched = new TouchedRows();
    private final Transitions transitions = new Transitions();
    /** Directory indices of sources whose neighbours here changed in this tick. */
    private final TouchedRows touchedTransitions = new TouchedRows();
    /** Directory index of every shardRow, rising. */
    private int[] itemIndices = new int[256];

    private int size;

    ItemShard(ModelConfig config, Device device, ItemDirectory directory) {
        this.directory = directory;
        matrix = new ItemMatrix(config, device);
    }

    public int size() {
        return size;
    }

    /** Place of an item; negative if it is not this lane's. */
    public int shardRowOf(long item) {
        return shardRows.get(item);
    }

    /** Directory index of the item at a shardRow. */
    public int itemIndex(int shardRow) {
        return itemIndices[shardRow];
    }

    /** Number of shardRows whose items stand before an index of the directory. */
    public int shardRowsBefore(int itemIndex) {
        int at = Arrays.binarySearch(itemIndices, 0, size, itemIndex);
        return at >= 0 ? at : -at - 1;
    }

    public Floats rows() {
        return matrix.rows();
    }

    /** Adds the item at an index of the directory, which is behind all others. */
    void add(int index, float[] embedding, RowSlot slot) {
        if (size == itemIndices.length) {
            itemIndices = Arrays.copyOf(itemIndices, 2 * size);
        }
        itemIndices[size] = index;
        matrix.put(size, embedding, 0);
        slots.put(size, slot);
        shardRows.put(directory.item(index), size);
        size++;
    }

    public void putEmbedding(int shardRow, float[] source, int offset) {
        matrix.put(shardRow, source, offset);
        touched.add(shardRow);
    }

    public float secondMoment(int shardRow) {
        return slots.secondMoment(shardRow);
    }

    public long lastStep(int shardRow) {
        return slots.lastStep(shardRow);
    }

    public void updateOptimizerState(int shardRow, float secondMoment, long step) {
        slots.update(shardRow, secondMoment, step);
    }

    void touch(int shardRow) {
        touched.add(shardRow);
    }

    /** This lane's items for ranking; those from index {@code known} of the directory on are left out. */
    public Ranking ranking(long tick, float[] priors, int known) {
        return matrix.ranking(
                size,
                ModelParameters.sharpness(priors),
                shardRow -> itemIndices[shardRow] < known
                        ? directory.popularityBias(itemIndices[shardRow], tick, priors)
                        : Double.NEGATIVE_INFINITY);
    }

    public Transitions transitions() {
        return transitions;
    }

    /** Counts that an item of this lane stood {@code lag} shardRows from another item. */
    void count(int source, long neighbour, int lag) {
        transitions.count(directory.item(source), neighbour, lag);
        touchedTransitions.add(source);
    }

    public void beginTick() {
        touched.begin();
        touchedTransitions.begin();
    }

    /** Rows that changed in this tick, in order of admission. */
    public List<RowChange> changedRows() {
        List<RowChange> rows = new ArrayList<>();
        for (int shardRow : touched.sorted()) {
            rows.add(new RowChange(directory.row(itemIndices[shardRow], matrix.row(shardRow)), slots.at(shardRow)));
        }
        return rows;
    }

    /** Transition rows that changed in this tick, in order of their items' ordinals. */
    public List<TransitionRow> changedTransitions() {
        List<TransitionRow> rows = new ArrayList<>();
        for (int source : touchedTransitions.sorted()) {
            TransitionRow row = transitions.row(directory.item(source));
            if (row != null) {
                rows.add(row);
            }
        }
        return rows;
    }

    /**
     * Takes items out; the others move up. The directory has them still.
     *
     * @param gone ids, of any lane
     * @return those that were here, or whose neighbours were, in the order given
     */
    List<Long> evict(List<Long> gone) {
        List<Long> here = new ArrayList<>();
        List<Integer> left = new ArrayList<>();
        for (long item : gone) {
            int shardRow = shardRows.get(item);
            boolean remembered = transitions.remove(item);
            if (shardRow >= 0) {
                left.add(shardRow);
            }
            if (shardRow >= 0 || remembered) {
                here.add(item);
            }
        }
        touchedTransitions.removeAll(gone.stream().map(directory::indexOf).toList());
        left.sort(null);
        touched.removeAll(left);
        slots.removeAll(left, size);
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
        return here;
    }

    /** Takes the directory's indices as they are after an eviction. */
    void reindex(long[] items) {
        shardRows.clear();
        for (int shardRow = 0; shardRow < size; shardRow++) {
            shardRows.put(items[shardRow], shardRow);
            itemIndices[shardRow] = directory.indexOf(items[shardRow]);
        }
    }

    /** Ids of this lane's items, by shardRow. */
    long[] items() {
        long[] items = new long[size];
        for (int shardRow = 0; shardRow < size; shardRow++) {
            items[shardRow] = directory.item(itemIndices[shardRow]);
        }
        return items;
    }
}
