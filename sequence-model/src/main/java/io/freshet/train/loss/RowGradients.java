package io.freshet.train.loss;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.train.items.ItemShard;

/**
 * Gradients of the rows of one shard that a step reads: what the loss says of candidates, then, lane by lane, what the
 * sequences say of inputs; and what the optimizer makes of the sum.
 */
final class RowGradients {
    private final Device device;
    private final Kernels kernels;
    private final ItemShard shard;
    private final BatchRows rows;
    private final int width;
    /** Gradients, {@code [R, D]}. */
    private Floats dRows;
    /** The batchRows of a lane's inputs, {@code [I]}; negative where an input is another shard's. */
    private Ints inputRows;
    /** Embeddings on the host, {@code [R, D]}. */
    private float[] hostRows = new float[0];
    /** {@link #dRows} on the host, {@code [R, D]}. */
    private float[] hostGradients = new float[0];

    RowGradients(Device device, Kernels kernels, ItemShard shard, BatchRows rows, int width) {
        this.device = device;
        this.kernels = kernels;
        this.shard = shard;
        this.rows = rows;
        this.width = width;
        dRows = device.floats(0);
        inputRows = device.ints(64);
    }

    /** Begins with {@code dCandidates [C, D]}, of normalised candidates, taken back through the normalisation. */
    void begin(Floats dCandidates) {
        if (dRows.length() < rows.count() * width) {
            dRows = device.floats(2 * rows.count() * width);
        }
        dRows.fill(0, rows.count() * width, 0);
        kernels.l2NormalizeBackward(new Kernels.L2NormGrad(
                rows.candidates(), width, rows.normalized(), rows.inverseNorms(), dCandidates, dRows));
    }

    /**
     * Adds the gradients of a lane's inputs.
     *
     * @param gradients {@code [I, D]}
     * @param batchRows of the inputs, {@code [I]}; negative where an input is another shard's
     * @param count number of inputs, {@code I}
     */
    void addInputs(Floats gradients, int[] batchRows, int count) {
        if (inputRows.length() < count) {
            inputRows = device.ints(2 * count);
        }
        inputRows.upload(batchRows, 0, 0, count);
        kernels.scatterAdd(new Kernels.GatherShape(count, width, 1f, true), gradients, inputRows, dRows);
    }

    /** Sum of squares of all gradients; not finite if any of them is not. */
    double sumOfSquares() {
        return kernels.sumOfSquares(rows.count() * width, dRows);
    }

    /** Moves the rows that got a gradient. */
    void update(RowOptimizer optimizer, long step) {
        int count = rows.count() * width;
        if (hostRows.length < count) {
            hostRows = new float[2 * count];
            hostGradients = new float[2 * count];
        }
        float[] values = hostRows;
        float[] gradients = hostGradients;
        rows.rows().download(0, values, 0, count);
        dRows.download(0, gradients, 0, count);
        for (int batchRow = 0; batchRow < rows.count(); batchRow++) {
            int offset = batchRow * width;
            if (!isZero(gradients, offset)) {
                int shardRow = rows.shardRow(batchRow);
                float secondMoment = optimizer.update(
                        values,
                        gradients,
                        offset,
                        width,
                        shard.secondMoment(shardRow),
                        step - shard.lastStep(shardRow));
                shard.updateOptimizerState(shardRow, secondMoment, step);
                shard.putEmbedding(shardRow, values, offset);
            }
        }
    }

    private boolean isZero(float[] gradients, int offset) {
        boolean zero = true;
        for (int i = offset; i < offset + width && zero; i++) {
            zero = gradients[i] == 0;
        }
        return zero;
    }
}
