package io.freshet.evaluate;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;

/**
 * Gradients of {@link TrainingValues}.
 *
 * @param dense of the dense weights, {@code [P]}
 * @param inputs of the embeddings as the encoder reads them, {@code [V, D]}
 * @param normalized of the L2-normalised embeddings, which queries are compared with, {@code [V, D]}
 */
public record TrainingGradients(Floats dense, Floats inputs, Floats normalized) {
    /** Allocates zeroed gradients of {@code parameters} dense weights and {@code embeddings} values of embeddings. */
    static TrainingGradients of(Device device, int parameters, int embeddings) {
        return new TrainingGradients(device.floats(parameters), device.floats(embeddings), device.floats(embeddings));
    }

    /** Sets all to zero, the embeddings' up to {@code embeddings} values. */
    void clear(int embeddings) {
        dense.fill(0, dense.length(), 0);
        inputs.fill(0, embeddings, 0);
        normalized.fill(0, embeddings, 0);
    }

    /** Adds others, the embeddings' up to {@code embeddings} values. */
    void add(TrainingGradients others, int embeddings, Kernels kernels) {
        kernels.addScaled(dense.length(), 1f, others.dense, dense);
        kernels.addScaled(embeddings, 1f, others.inputs, inputs);
        kernels.addScaled(embeddings, 1f, others.normalized, normalized);
    }
}
