package io.freshet.model.scoring;

import io.freshet.model.ActionRules;
import io.freshet.model.ModelConfig;
import io.freshet.model.cooccurrence.HistoryReading;
import java.util.Arrays;

/**
 * Turns a query away from what its user hid: takes from it the directions of the hidden items, that of the {@code k}-th
 * latest times {@link ActionRules#hideWeight} over {@code k}. So all that is like them scores lower, by its cosine with
 * them. Learning and serving do it alike. Owned by one thread.
 */
public final class Aversion {
    /** Where embeddings of items are read from. */
    @FunctionalInterface
    public interface Rows {
        /** Copies the embedding of an item, {@code to [D]}; false if it has none. */
        boolean read(long item, float[] to);
    }

    private final float[] row; // [D]

    public Aversion(ModelConfig config) {
        row = new float[config.width()];
    }

    /**
     * Turns a query.
     *
     * @param query {@code [.., D]}, of which the row at {@code offset} is turned
     */
    public void turn(HistoryReading reading, Rows rows, float[] query, int offset) {
        for (int h = 0; h < reading.hides(); h++) {
            Arrays.fill(row, 0f);
            if (rows.read(reading.hidden(h), row)) {
                double squares = 0;
                for (float value : row) {
                    squares += (double) value * value;
                }
                float factor = (float) (reading.hideWeight() / (h + 1) / Math.max(Math.sqrt(squares), 1e-6));
                for (int i = 0; i < row.length; i++) {
                    query[offset + i] -= factor * row[i];
                }
            }
        }
    }
}
