package io.freshet.model;

import io.freshet.kernel.Dropout;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;

/**
 * One lane's copy of an {@link Architecture}: activations of a micro-batch, on weights that lanes share and a gradient
 * of its own.
 */
public interface SequenceEncoder {
    /** The operators of this lane. */
    Kernels kernels();

    /**
     * Encodes a batch.
     *
     * @param itemTable rows that the batch's item rows name, {@code [.., D]}
     * @param dropout masks of this batch; {@link Dropout#NONE} outside of training
     * @return L2-normalised queries of the supervised rows, {@code [M, D]}; valid until the next call
     */
    Floats forward(SequenceBatch batch, Floats itemTable, Dropout dropout);

    /**
     * Backward of the last {@link #forward}, added to the dense gradient.
     *
     * @param dQueries gradient of the queries, {@code [M, D]}
     * @param dItemTable receives the gradients of the item rows, {@code [.., D]}, added to
     */
    void backward(SequenceBatch batch, Floats dQueries, Floats dItemTable);
}
