package io.freshet.train.loss;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.SoftmaxPartial;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.model.ModelConfig;

/**
 * One shard's part of the softmax of all positions: forward to the maximum and the sum of the exponentials of its
 * candidates, and, once all shards' are known, backward to gradients of queries, candidates and biases.
 */
final class ShardSoftmax {
    private final Device device;
    private final Kernels kernels;
    private final int width;
    private final float temperature;
    private SoftmaxShape shape = new SoftmaxShape(0, 0, 1, 1, 1);
    private int maxPositions;
    private int maxCandidates;
    /** Exponentials of the logits, relative to the maximum, {@code [M, stride(C)]}. */
    private Floats weights;
    /** Largest logit of each position, {@code [M]}. */
    private Floats max;
    /** Sum of each position's exponentials, {@code [M]}. */
    private Floats sum;
    /** Logit of each position's target, where it is this shard's, {@code [M]}. */
    private Floats targetLogit;
    /** What makes a weight the gradient of its logit, {@code [M]}. */
    private Floats factors;
    /** This shard's part of the queries' gradient, {@code [M, D]}. */
    private Floats dQueries;
    /** Gradient of the normalised candidates, {@code [C, D]}. */
    private Floats dCandidates;
    /** Gradient of the candidates' biases, {@code [C]}. */
    private Floats dBiases;
    /** {@link #max} on the host, {@code [M]}. */
    private float[] hostMax;
    /** {@link #sum} on the host, {@code [M]}. */
    private float[] hostSum;
    /** {@link #targetLogit} on the host, {@code [M]}. */
    private float[] hostTargetLogit;

    ShardSoftmax(ModelConfig config, Device device, Kernels kernels) {
        this.device = device;
        this.kernels = kernels;
        width = config.width();
        temperature = config.temperature();
        maxPositions = 64;
        maxCandidates = 256;
        weights = device.floats(maxPositions * SoftmaxPartial.stride(maxCandidates));
        max = device.floats(maxPositions);
        sum = device.floats(maxPositions);
        targetLogit = device.floats(maxPositions);
        factors = device.floats(maxPositions);
        dQueries = device.floats(maxPositions * width);
        dCandidates = device.floats(0);
        dBiases = device.floats(0);
        hostMax = new float[maxPositions];
        hostSum = new float[maxPositions];
        hostTargetLogit = new float[maxPositions];
    }

    private void reserve(int positions, int candidates) {
        boolean wider = SoftmaxPartial.stride(candidates) > SoftmaxPartial.stride(maxCandidates);
        if (positions <= maxPositions && !wider) {
            return;
        }
        if (positions > maxPositions) {
            maxPositions = positions * 3 / 2;
            max = device.floats(maxPositions);
            sum = device.floats(maxPositions);
            targetLogit = device.floats(maxPositions);
            factors = device.floats(maxPositions);
            dQueries = device.floats(maxPositions * width);
            hostMax = new float[maxPositions];
            hostSum = new float[maxPositions];
            hostTargetLogit = new float[maxPositions];
        }
        maxCandidates = wider ? candidates * 5 / 4 : maxCandidates;
        weights = device.floats(maxPositions * SoftmaxPartial.stride(maxCandidates));
    }

    /**
     * Computes logits, exponentials and sums of all positions.
     *
     * @param queries {@code [M, D]}, at length 1
     * @param bias what is added to logits
     * @param targets batchRows of the targets, {@code [M]}
     */
    void forward(
            int positions, Floats queries, BatchRows rows, Kernels.SoftmaxBias bias, Ints targets, float logitScale) {
        reserve(positions, rows.candidates());
        shape = new SoftmaxShape(positions, rows.candidates(), width, logitScale / temperature, 1f / positions);
        kernels.softmaxPartial(shape, queries, rows.normalized(), bias, targets, partial(rows.candidates()));
        max.download(0, hostMax, 0, positions);
        sum.download(0, hostSum, 0, positions);
        targetLogit.download(0, hostTargetLogit, 0, positions);
    }

    private SoftmaxPartial partial(int candidates) {
        return new SoftmaxPartial(weights, SoftmaxPartial.stride(candidates), max, sum, targetLogit);
    }

    /**
     * Computes the gradients of queries, candidates, biases and terms.
     *
     * @param queries {@code [M, D]}, those of {@link #forward}
     * @param targets batchRows of the targets, {@code [M]}
     * @param hostFactors what makes a weight the gradient of its logit, {@code [M]}
     */
    void backward(Floats queries, BatchRows rows, LogitTerms terms, Ints targets, float[] hostFactors) {
        int candidates = rows.candidates();
        if (dBiases.length() < candidates) {
            dCandidates = device.floats(2 * candidates * width);
            dBiases = device.floats(2 * candidates);
        }
        dCandidates.fill(0, candidates * width, 0);
        dBiases.fill(0, candidates, 0);
        factors.upload(hostFactors, 0, 0, shape.rows());
        kernels.softmaxPartialBackward(
                shape,
                queries,
                rows.normalized(),
                targets,
                new Kernels.SoftmaxPartialGrad(
                        partial(candidates),
                        terms.ofCandidates(),
                        factors,
                        dQueries,
                        dCandidates,
                        dBiases,
                        terms.gradient()));
    }

    /** Largest logit of a position; negative infinity if there is no candidate. */
    float max(int position) {
        return hostMax[position];
    }

    /** Sum of a position's exponentials, relative to {@link #max(int)}. */
    float sum(int position) {
        return hostSum[position];
    }

    /** Logit of a position's target, which is this shard's. */
    float targetLogit(int position) {
        return hostTargetLogit[position];
    }

    /** This shard's part of the queries' gradient, {@code [M, D]}. */
    Floats dQueries() {
        return dQueries;
    }

    /** Gradient of the normalised candidates, {@code [C, D]}. */
    Floats dCandidates() {
        return dCandidates;
    }

    /** Gradient of the candidates' biases, {@code [C]}. */
    Floats dBiases() {
        return dBiases;
    }
}
