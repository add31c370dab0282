package io.freshet.model;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;

/** A kind of sequence encoder with its sizes: how many dense values it has, how they start, and how it is opened. */
public interface Architecture {
    /** Name for tables and reports. */
    String name();

    /** D, floats in an embedding row. */
    int width();

    /** Most interactions in one sequence. */
    int window();

    /** Whether a sequence starts with a begin token, so that its first interaction is predicted too. */
    boolean beginToken();

    /** Tau of the logits. */
    float temperature();

    /** P, number of dense values. */
    int parameters();

    /** Initial dense values, {@code [P]}. */
    float[] initial(long seed);

    /** A batch in the form that this encoder reads. */
    SequenceBatch newBatch(int maxSequences);

    /**
     * Opens an encoder for one lane.
     *
     * @param weights dense values {@code [P]}, shared
     * @param gradient of the dense values, {@code [P]}, the lane's own
     * @param maxTokens most rows in one micro-batch
     */
    SequenceEncoder open(Device device, Floats weights, Floats gradient, int maxTokens);
}
