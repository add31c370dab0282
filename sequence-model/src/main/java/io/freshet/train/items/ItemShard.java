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
 * <em>place</em> is its rank among the lane's items in order of admission.
 */
public final class ItemShard {
    private final ItemDirectory directory;
    private final ItemMatrix matrix;
    private final RowSlots slots = new RowSlots();
    private final LongIndex places = new LongIndex();
    private final TouchedRows touched = new TouchedRows();
    private final Transitions transitions = new Transitions();
    /** Directory indices of sources whose neighbours here changed in this tick. */
    private final TouchedRows touchedTransitions = new TouchedRows();
    /** Directory index of every place, rising. */
    private int[] members = new int[256];

    private int size;

    ItemShard(ModelConfig config, Device device, ItemDirectory directory) {
        this.directory = directory;
        matrix = new ItemMatrix(config, device);
    }

    public int size() {
        return size;
    }

    /** Place of an item; negative if it is not this lane's. */
    public int placeOf(long item) {
        return places.get(item);
    }

    /** Directory index of the item at a place. */
    public int member(int place) {
        return members[place];
    }

    /** Number of places whose items stand before an index of the directory. */
    public int placesBefore(int index) {
        int at = Arrays.binarySearch(members, 0, size, index);
        return at >= 0 ? at : -at - 1;
    }

    public Floats rows() {
        return matrix.rows();
    }

    /** Adds the item at an index of the directory, which is behind all others. */
    void add(int index, float[] embedding, RowSlot slot) {
        if (size == members.length) {
            members = Arrays.copyOf(members, 2 * size);
        }
        members[size] = index;
        matrix.put(size, embedding, 0);
        slots.put(size, slot);
        places.put(directory.item(index), size);
        size++;
    }

    public void putEmbedding(int place, float[] source, int offset) {
        matrix.put(place, source, offset);
        touched.add(place);
    }

    public float secondMoment(int place) {
        return slots.secondMoment(place);
    }

    public long lastStep(int place) {
        return slots.lastStep(place);
    }

    public void updateSlot(int place, float secondMoment, long step) {
        slots.update(place, secondMoment, step);
    }

    void touch(int place) {
        touched.add(place);
    }

    /** This lane's items for ranking; those from index {@code known} of the directory on are left out. */
    public Ranking ranking(long tick, float[] priors, int known) {
        return matrix.ranking(
                size,
                ModelParameters.sharpness(priors),
                place -> members[place] < known
                        ? directory.popularityBias(members[place], tick, priors)
                        : Double.NEGATIVE_INFINITY);
    }

    public Transitions transitions() {
        return transitions;
    }

    /** Counts that an item of this lane stood {@code lag} places from another item. */
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
        for (int place : touched.sorted()) {
            rows.add(new RowChange(directory.row(members[place], matrix.row(place)), slots.at(place)));
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
            int place = places.get(item);
            boolean remembered = transitions.remove(item);
            if (place >= 0) {
                left.add(place);
            }
            if (place >= 0 || remembered) {
                here.add(item);
            }
        }
        touchedTransitions.removeAll(gone.stream().map(directory::indexOf).toList());
        left.sort(null);
        touched.removeAll(left);
        slots.removeAll(left, size);
        int to = 0;
        int next = 0;
        for (int place = 0; place < size; place++) {
            if (next < left.size() && left.get(next) == place) {
                next++;
            } else {
                matrix.put(to, matrix.row(place), 0);
                members[to++] = members[place];
            }
        }
        size = to;
        return here;
    }

    /** Takes the directory's indices as they are after an eviction. */
    void reindex(long[] items) {
        places.clear();
        for (int place = 0; place < size; place++) {
            places.put(items[place], place);
            members[place] = directory.indexOf(items[place]);
        }
    }

    /** Ids of this lane's items, by place. */
    long[] items() {
        long[] items = new long[size];
        for (int place = 0; place < size; place++) {
            items[place] = directory.item(members[place]);
        }
        return items;
    }
}
