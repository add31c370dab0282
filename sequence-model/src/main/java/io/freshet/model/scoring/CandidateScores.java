package io.freshet.model.scoring;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.ScoringTable;
import io.freshet.model.cooccurrence.CoOccurrenceTerms;
import io.freshet.model.items.Catalogue;

/**
 * Scores of a few items for one query, whatever the size of the catalogue: their rows are gathered and scored alone,
 * with the bits that a scan of the whole catalogue gives. Not thread-safe.
 */
final class CandidateScores {
    private final Catalogue catalogue;
    private final Device device;
    private final Kernels kernels;
    private final int width;
    private int capacity;
    private float[] hostScale = new float[0]; // [capacity]
    private float[] hostBias = new float[0]; // [capacity]
    private Ints indices; // [capacity]
    private Floats rows; // [capacity, D]
    private Floats scale; // [capacity]
    private Floats bias; // [capacity]
    private Floats scores; // [capacity]

    CandidateScores(Catalogue catalogue, Device device, Kernels kernels, int width) {
        this.catalogue = catalogue;
        this.device = device;
        this.kernels = kernels;
        this.width = width;
        indices = device.ints(1);
        rows = device.floats(width);
        scale = device.floats(1);
        bias = device.floats(1);
        scores = device.floats(1);
    }

    /**
     * Scores items.
     *
     * @param itemIndices {@code [n]}; negative: an unknown item
     * @param state whose tick and biases popularity is read with
     * @param query {@code [D]}
     * @param terms one row, added to the scores
     * @return {@code [n]}; NaN for an unknown item
     */
    float[] of(int[] itemIndices, ScoringState state, Floats query, CoOccurrenceTerms terms) {
        int n = itemIndices.length;
        grow(n);
        for (int i = 0; i < n; i++) {
            boolean known = itemIndices[i] >= 0;
            hostScale[i] = known ? catalogue.scale(itemIndices[i]) : 0f;
            hostBias[i] = known ? catalogue.bias(itemIndices[i], state.tick(), state.logitBiases()) : 0f;
        }
        indices.upload(itemIndices, 0, 0, n);
        scale.upload(hostScale, 0, 0, n);
        bias.upload(hostBias, 0, 0, n);
        kernels.gather(new Kernels.GatherShape(n, width, 1f, false), catalogue.rows(), indices, rows);
        kernels.scores(new ScoringTable(n, width, rows, scale, bias), query, scores);
        float[] result = new float[n];
        scores.download(0, result, 0, n);
        for (int i = 0; i < n; i++) {
            result[i] = itemIndices[i] < 0 ? Float.NaN : terms.addTo(result[i], itemIndices[i]);
        }
        return result;
    }

    private void grow(int n) {
        if (n <= capacity) {
            return;
        }
        capacity = Math.max(256, 2 * n);
        hostScale = new float[capacity];
        hostBias = new float[capacity];
        indices = device.ints(capacity);
        rows = device.floats(capacity * width);
        scale = device.floats(capacity);
        bias = device.floats(capacity);
        scores = device.floats(capacity);
    }
}
