package io.freshet.model.items;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.QuantizedRows;
import io.freshet.kernel.ScoringTable;
import io.freshet.model.ModelConfig;
import io.freshet.store.ItemRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The items of a scorer with their embeddings, resident on a device; a row of the matrix is an item index. */
public final class Catalogue {
    private final ItemDirectory directory;
    private final ItemMatrix matrix;

    /** The rows in int8, {@code [V, D]}, row by row as they change; null if nobody reads them. */
    private final @Nullable QuantizedRows quantized;

    /** Biases cost more than scores, and hold as long as none of this changes. */
    private @Nullable ScoringTable scoringTable;

    /** What {@link #scoringTable} was made of. */
    private long tableTick;

    private float[] tableBiases = new float[0]; // [LogitBiases.COUNT]

    public Catalogue(ModelConfig config, Device device, ItemScan scan) {
        directory = new ItemDirectory(config);
        matrix = new ItemMatrix(config, device);
        quantized = scan == ItemScan.INT8 ? device.quantizedRows(config.width()) : null;
    }

    /** V, number of items. */
    public int size() {
        return directory.size();
    }

    /** Item index of an item; negative if there is no such item. */
    public int indexOf(long item) {
        return directory.indexOf(item);
    }

    /** Hashed id of the item at an index. */
    public long item(int itemIndex) {
        return directory.item(itemIndex);
    }

    /** Id of the item at an index as the log has it. */
    public String name(int itemIndex) {
        return directory.name(itemIndex);
    }

    /** Embedding rows, {@code [V, D]}. */
    public Floats rows() {
        return matrix.rows();
    }

    /** Copies the embedding of an item, {@code to [D]}; false if there is no such item. */
    public boolean readRow(long item, float[] to) {
        int itemIndex = indexOf(item);
        if (itemIndex >= 0) {
            matrix.rows().download(itemIndex * to.length, to, 0, to.length);
        }
        return itemIndex >= 0;
    }

    /** Adds an item or replaces its row. New items must come in order of ordinals for indices to be canonical. */
    public int put(ItemRow row) {
        int itemIndex = directory.put(row);
        matrix.put(itemIndex, row.embedding(), 0);
        if (quantized != null) {
            quantized.put(itemIndex, row.embedding(), 0, matrix.scale(itemIndex));
        }
        scoringTable = null;
        return itemIndex;
    }

    /** The rows in int8, {@code [V, D]}; null with {@link ItemScan#FLOAT32}. */
    public @Nullable QuantizedRows quantized() {
        return quantized;
    }

    /**
     * The catalogue for ranking as of a tick; valid until the next change.
     *
     * @param logitBiases {@code [LogitBiases.COUNT]}, of which popularities' are read; the query has the logit scale
     */
    public ScoringTable scoringTable(long tick, float[] logitBiases) {
        ScoringTable now = scoringTable;
        if (now == null || tick != tableTick || !Arrays.equals(logitBiases, tableBiases)) {
            now = matrix.scoringTable(size(), 1f, itemIndex -> directory.popularityBias(itemIndex, tick, logitBiases));
            scoringTable = now;
            tableTick = tick;
            tableBiases = logitBiases.clone();
        }
        return now;
    }

    /** What an item's product with a query is multiplied by, as {@link #scoringTable} has it. */
    public float scale(int itemIndex) {
        return matrix.scale(itemIndex);
    }

    /**
     * What popularity adds to an item's score as of a tick, as {@link #scoringTable} has it.
     *
     * @param logitBiases {@code [LogitBiases.COUNT]}
     */
    public float bias(int itemIndex, long tick, float[] logitBiases) {
        return directory.popularityBias(itemIndex, tick, logitBiases);
    }

    /** The catalogue for ranking without popularity; valid until the next change. */
    public ScoringTable unbiased() {
        return matrix.unbiased(size());
    }

    /** Removes items; the others keep their order and move up. */
    public void removeAll(Set<Long> removed) {
        List<ItemRow> kept = new ArrayList<>(size());
        for (int v = 0; v < size(); v++) {
            if (!removed.contains(item(v))) {
                kept.add(directory.row(v, matrix.row(v)));
            }
        }
        load(kept);
    }

    /** Replaces the whole content; rows may come in any order. */
    public void load(List<ItemRow> all) {
        directory.clear();
        scoringTable = null;
        all.stream().sorted(Comparator.comparingLong(ItemRow::ordinal)).forEach(this::put);
    }
}
