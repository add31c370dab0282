package io.freshet.model.sasrec;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.model.ActionRules;
import io.freshet.model.Architecture;
import io.freshet.model.SequenceBatch;
import io.freshet.model.SequenceEncoder;

/**
 * SASRec (Kang and McAuley, arXiv 1808.09781): the transformer that the field compares with. Trained here like every
 * other architecture, on L2-normalised queries and items with a temperature.
 *
 * @param width D
 * @param layers L
 * @param heads H; divides D
 * @param window most interactions in a sequence
 * @param temperature tau
 */
public record SasRec(int width, int layers, int heads, int window, float temperature) implements Architecture {
    public SasRec {
        if (width <= 0 || layers <= 0 || heads <= 0 || width % heads != 0 || window < 1 || !(temperature > 0)) {
            throw new IllegalArgumentException("sasrec: width " + width + ", layers " + layers + ", heads " + heads
                    + ", window " + window + ", temperature " + temperature
                    + ": all positive, and width a multiple of heads");
        }
    }

    /** Sizes of the published comparison with HSTU: D 50, 2 layers, 1 head, window 200. */
    public static SasRec published() {
        return new SasRec(50, 2, 1, 200, 0.05f);
    }

    @Override
    public String name() {
        return "sasrec";
    }

    @Override
    public boolean beginToken() {
        return false;
    }

    @Override
    public int parameters() {
        return SasRecParameters.count(this);
    }

    @Override
    public float[] initial(long seed) {
        return SasRecParameters.initial(this, seed);
    }

    @Override
    public SequenceBatch newBatch(int maxSequences) {
        return new SequenceBatch(false, 1, maxSequences, ActionRules.EVERY_RATING);
    }

    @Override
    public SequenceEncoder open(Device device, Floats weights, Floats gradient, int maxTokens) {
        return new SasRecEncoder(
                this, device, new SasRecParameters(this, weights), new SasRecParameters(this, gradient), maxTokens);
    }
}
