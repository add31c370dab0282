package io.freshet.model.items;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.ScoringTable;
import io.freshet.model.ModelConfig;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * Embeddings of items on a device, with what scores need of them: item {@code v} scores {@code <y, E_v> / (|E_v| tau) +
 * bias_v} for a query {@code y}.
 */
public final class ItemMatrix {
    private final ModelConfig config;
    private final Device device;
    private float[] scale = new float[1024]; // [V] 1 / (norm * tau)
    private float[] bias = new float[1024]; // [V]
    private float[] scaled = new float[1024]; // [V] scale * logit scale
    private Floats rows; // [V, D]
    private Floats deviceScale; // [V]
    private Floats deviceBias; // [V]
    /** Biases of a ranking by cosine alone, never written to. */
    private Floats noBias; // [V] zeros

    public ItemMatrix(ModelConfig config, Device device) {
        this.config = config;
        this.device = device;
        rows = device.floats(1024 * config.width());
        deviceScale = device.floats(1024);
        deviceBias = device.floats(1024);
        noBias = device.floats(1024);
    }

    /** The embeddings, {@code [V, D]}, with memory for more behind them; another block after it grew. */
    public Floats rows() {
        return rows;
    }

    /** Replaces the embedding of a row, or adds one, by {@code source [D]}, from {@code offset} on. */
    public void put(int row, float[] source, int offset) {
        grow(row + 1);
        int d = config.width();
        rows.upload(source, offset, row * d, d);
        double squares = 0;
        for (int i = 0; i < d; i++) {
            squares += (double) source[offset + i] * source[offset + i];
        }
        scale[row] = (float) (1 / (Math.max(Math.sqrt(squares), 1e-6) * config.temperature()));
    }

    /** The embedding of a row, {@code [D]}, copied. */
    public float[] row(int row) {
        float[] embedding = new float[config.width()];
        rows.download(row * config.width(), embedding, 0, embedding.length);
        return embedding;
    }

    /** What an item's product with a query is multiplied by. */
    float scale(int row) {
        return scale[row];
    }

    /** The first {@code count} items for ranking by what they are like alone; valid until the next change. */
    ScoringTable unbiased(int count) {
        deviceScale.upload(scale, 0, 0, count);
        return new ScoringTable(count, config.width(), rows, deviceScale, noBias);
    }

    /**
     * The first {@code count} items for ranking; valid until the next change.
     *
     * @param logitScale what cosines are multiplied by beside {@code 1 / tau}; the logit scale
     * @param biasOf what is added to an item's score; negative infinity leaves it out
     */
    public ScoringTable scoringTable(int count, float logitScale, IntToDoubleFunction biasOf) {
        for (int v = 0; v < count; v++) {
            bias[v] = (float) biasOf.applyAsDouble(v);
            scaled[v] = scale[v] * logitScale;
        }
        deviceScale.upload(scaled, 0, 0, count);
        deviceBias.upload(bias, 0, 0, count);
        return new ScoringTable(count, config.width(), rows, deviceScale, deviceBias);
    }

    private void grow(int count) {
        if (count <= scale.length) {
            return;
        }
        int capacity = Math.max(count, 2 * scale.length);
        scale = Arrays.copyOf(scale, capacity);
        bias = Arrays.copyOf(bias, capacity);
        scaled = new float[capacity];
        float[] host = new float[rows.length()];
        rows.download(0, host, 0, host.length);
        rows = device.floats(capacity * config.width());
        rows.upload(host, 0, 0, host.length);
        deviceScale = device.floats(capacity);
        deviceBias = device.floats(capacity);
        noBias = device.floats(capacity);
    }
}
