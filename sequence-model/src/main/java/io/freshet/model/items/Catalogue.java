package io.freshet.model.items;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.QuantizedRows;
import io.freshet.kernel.Ranking;
import io.freshet.model.ModelConfig;
import io.freshet.store.ItemRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All items at hand with their embeddings, resident on a device: the scorer's item matrix. */
public final class Catalogue {
    private final ItemDirectory directory;
    private final ItemMatrix matrix;

    /** The rows in int8, row by row as they change; null if nobody reads them. */
    private final @Nullable QuantizedRows quantized;

    /** Biases cost more than scores, and hold as long as none of this changes. */
    private @Nullable Ranking ranking;

    private long rankingTick;
    private float[] rankingPriors = new float[0]; // [LogitBiases.COUNT]

    public Catalogue(ModelConfig config, Device device, ItemScan scan) {
        directory = new ItemDirectory(config);
        matrix = new ItemMatrix(config, device);
        quantized = scan == ItemScan.INT8 ? device.quantizedRows(config.width()) : null;
    }

    /** Number of items. */
    public int size() {
        return directory.size();
    }

    /** Index of an item; negative if it is not here. */
    public int indexOf(long item) {
        return directory.indexOf(item);
    }

    /** Hashed id of the item at an index. */
    public long item(int at) {
        return directory.item(at);
    }

    /** Id of the item at an index as the log has it. */
    public String name(int at) {
        return directory.name(at);
    }

    /** Embedding rows, {@code [V, D]}. */
    public Floats rows() {
        return matrix.rows();
    }

    /** Copies the embedding of an item; false if it is not here. */
    public boolean readRow(long item, float[] to) {
        int at = indexOf(item);
        if (at >= 0) {
            matrix.rows().download(at * to.length, to, 0, to.length);
        }
        return at >= 0;
    }

    /** Adds an item or replaces its row. New items must come in order of ordinals for indices to be canonical. */
    public int put(ItemRow row) {
        int at = directory.put(row);
        matrix.put(at, row.embedding(), 0);
        if (quantized != null) {
            quantized.put(at, row.embedding(), 0, matrix.scale(at));
        }
        ranking = null;
        return at;
    }

    /** The rows in int8; null with {@link ItemScan#FLOAT32}. */
    public @Nullable QuantizedRows quantized() {
        return quantized;
    }

    /** Log of an item's decayed popularity as of a tick. */
    public float logPopularity(int at, long tick) {
        return directory.logPopularity(at, tick);
    }

    /**
     * The catalogue for ranking as of a tick; valid until the next change.
     *
     * @param priors weights of the priors, of which the first two are read: the sharpness is the query's
     */
    public Ranking ranking(long tick, float[] priors) {
        Ranking now = ranking;
        if (now == null || tick != rankingTick || !Arrays.equals(priors, rankingPriors)) {
            now = matrix.ranking(size(), 1f, at -> directory.popularityBias(at, tick, priors));
            ranking = now;
            rankingTick = tick;
            rankingPriors = priors.clone();
        }
        return now;
    }

    /** The catalogue for ranking without popularity; valid until the next change. */
    public Ranking unbiased() {
        return matrix.unbiased(size());
    }

    /** Removes items; the others keep their order and move up. */
    public void removeAll(java.util.Set<Long> gone) {
        List<ItemRow> kept = new ArrayList<>(size());
        for (int v = 0; v < size(); v++) {
            if (!gone.contains(item(v))) {
                kept.add(directory.row(v, matrix.row(v)));
            }
        }
        load(kept);
    }

    /** Replaces the whole content; rows may come in any order. */
    public void load(List<ItemRow> all) {
        directory.clear();
        ranking = null;
        all.stream().sorted(Comparator.comparingLong(ItemRow::ordinal)).forEach(this::put);
    }
}
