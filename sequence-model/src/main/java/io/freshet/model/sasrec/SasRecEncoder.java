package io.freshet.model.sasrec;

import io.freshet.kernel.Device;
import io.freshet.kernel.Dropout;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.Kernels.GatherShape;
import io.freshet.kernel.Kernels.LayerNormGrad;
import io.freshet.kernel.PeerKernels;
import io.freshet.kernel.PeerKernels.SoftmaxAttentionGrad;
import io.freshet.kernel.PeerKernels.SoftmaxAttentionShape;
import io.freshet.model.SequenceBatch;
import io.freshet.model.SequenceEncoder;

/**
 * Forward and backward of {@link SasRec}. Per block (arXiv 1808.09781, section 3; residuals from the normalised values,
 * as its authors' code has them): {@code q = LN(x); h = q + Wo attention(q, x, x); n = LN(h); y = n + drop(W2
 * drop(ReLU(W1 n)))}; a last norm follows the last block.
 */
final class SasRecEncoder implements SequenceEncoder {
    private final SasRec config;
    private final PeerKernels kernels;
    private final SasRecParameters w;
    private final SasRecParameters grad;
    private final Ints positions; // [T]
    private final Ints items; // [T]
    private final Ints supervised; // [M]
    private final Activations[] blocks; // [L]
    /** Input of the first block, output of every block. */
    private final Floats[] x; // [L + 1][T, D]

    private final Floats lastStats; // [T, 2]
    private final Floats normed; // [T, D]
    private final Floats gathered; // [M, D]
    private final Floats queries; // [M, D]
    private final Floats inverseNorms; // [M]
    private final Floats dNormed; // [T, D]
    private final Floats dX; // [T, D]
    private final Floats dN; // [T, D]
    private final Floats dH; // [T, D]
    private final Floats dQ; // [T, D]
    private final Floats dInner; // [T, D]
    private final Floats dKv; // [T, 2*D]
    private final Floats dGathered; // [M, D]
    private Dropout dropout = Dropout.NONE;

    /**
     * What a block's backward needs.
     *
     * @param q {@code [T, D]}
     * @param qStats {@code [T, 2]}
     * @param projected {@code [T, D]}
     * @param kv {@code [T, 2*D]}
     * @param o {@code [T, D]}
     * @param h {@code [T, D]}
     * @param n {@code [T, D]}
     * @param nStats {@code [T, 2]}
     * @param u {@code [T, D]}
     */
    private record Activations(
            Floats q,
            Floats qStats,
            Floats projected,
            Floats kv,
            Floats o,
            Floats h,
            Floats n,
            Floats nStats,
            Floats u) {
        Activations(Device device, int t, int d) {
            this(
                    device.floats(t * d),
                    device.floats(2 * t),
                    device.floats(t * d),
                    device.floats(2 * t * d),
                    device.floats(t * d),
                    device.floats(t * d),
                    device.floats(t * d),
                    device.floats(2 * t),
                    device.floats(t * d));
        }
    }

    SasRecEncoder(SasRec config, Device device, SasRecParameters w, SasRecParameters grad, int maxTokens) {
        this.config = config;
        this.w = w;
        this.grad = grad;
        kernels = device.openPeerKernels();
        int d = config.width();
        positions = device.ints(maxTokens);
        items = device.ints(maxTokens);
        supervised = device.ints(maxTokens);
        blocks = new Activations[config.layers()];
        x = new Floats[config.layers() + 1];
        for (int l = 0; l <= config.layers(); l++) {
            x[l] = device.floats(maxTokens * d);
        }
        for (int l = 0; l < config.layers(); l++) {
            blocks[l] = new Activations(device, maxTokens, d);
        }
        lastStats = device.floats(2 * maxTokens);
        normed = device.floats(maxTokens * d);
        gathered = device.floats(maxTokens * d);
        queries = device.floats(maxTokens * d);
        inverseNorms = device.floats(maxTokens);
        dNormed = device.floats(maxTokens * d);
        dX = device.floats(maxTokens * d);
        dN = device.floats(maxTokens * d);
        dH = device.floats(maxTokens * d);
        dQ = device.floats(maxTokens * d);
        dInner = device.floats(maxTokens * d);
        dKv = device.floats(2 * maxTokens * d);
        dGathered = device.floats(maxTokens * d);
    }

    @Override
    public Kernels kernels() {
        return kernels;
    }

    private SoftmaxAttentionShape attention(int l) {
        return new SoftmaxAttentionShape(config.heads(), config.width() / config.heads(), dropout.at(10 * l + 1));
    }

    @Override
    public Floats forward(SequenceBatch batch, Floats itemTable, Dropout mask) {
        dropout = mask;
        int t = batch.tokens();
        int d = config.width();
        batch.uploadTokenRows(positions);
        batch.uploadItemRows(items);
        batch.uploadSupervised(supervised);
        kernels.gather(new GatherShape(t, d, 1f, false), itemTable, items, x[0]);
        kernels.gather(new GatherShape(t, d, 1f, true), w.positions(), positions, x[0]);
        kernels.dropout(dropout.at(0), t * d, x[0]);
        for (int l = 0; l < config.layers(); l++) {
            SasRecParameters.Block block = w.block(l);
            Activations a = blocks[l];
            kernels.layerNorm(t, block.queryNorm(), x[l], a.q, a.qStats);
            kernels.linear(t, block.query(), a.q, null, a.projected);
            kernels.linear(t, block.keysValues(), x[l], null, a.kv);
            kernels.softmaxAttention(batch.layout(), attention(l), a.projected, a.kv, a.o);
            kernels.linear(t, block.attended(), a.o, a.q, a.h);
            kernels.layerNorm(t, block.forwardNorm(), a.h, a.n, a.nStats);
            kernels.linear(t, block.hidden(), a.n, null, a.u);
            kernels.relu(t * d, a.u);
            kernels.dropout(dropout.at(10 * l + 2), t * d, a.u);
            kernels.linear(t, block.output(), a.u, null, x[l + 1]);
            kernels.dropout(dropout.at(10 * l + 3), t * d, x[l + 1]);
            kernels.addScaled(t * d, 1f, a.n, x[l + 1]);
        }
        int m = batch.supervisedCount();
        kernels.layerNorm(t, w.last(), x[config.layers()], normed, lastStats);
        kernels.gather(new GatherShape(m, d, 1f, false), normed, supervised, gathered);
        kernels.l2Normalize(m, d, gathered, queries, inverseNorms);
        return queries;
    }

    @Override
    public void backward(SequenceBatch batch, Floats dQueries, Floats dItemTable) {
        int t = batch.tokens();
        int m = batch.supervisedCount();
        int d = config.width();
        dGathered.fill(0, m * d, 0);
        kernels.l2NormalizeBackward(new Kernels.L2NormGrad(m, d, queries, inverseNorms, dQueries, dGathered));
        dNormed.fill(0, t * d, 0);
        kernels.scatterAdd(new GatherShape(m, d, 1f, true), dGathered, supervised, dNormed);
        dX.fill(0, t * d, 0);
        kernels.layerNormBackward(
                new LayerNormGrad(t, w.last(), grad.last(), x[config.layers()], lastStats, dNormed, dX));
        for (int l = config.layers() - 1; l >= 0; l--) {
            backward(l, batch);
        }
        kernels.dropout(dropout.at(0), t * d, dX);
        kernels.scatterAdd(new GatherShape(t, d, 1f, true), dX, items, dItemTable);
        kernels.scatterAdd(new GatherShape(t, d, 1f, true), dX, positions, grad.positions());
    }

    /** Replaces {@code dX} of a block's output by that of its input. */
    private void backward(int l, SequenceBatch batch) {
        int t = batch.tokens();
        int d = config.width();
        SasRecParameters.Block block = w.block(l);
        SasRecParameters.Block g = grad.block(l);
        Activations a = blocks[l];
        kernels.copy(t * d, dX, dN);
        kernels.dropout(dropout.at(10 * l + 3), t * d, dX);
        kernels.linearBackward(t, block.output(), g.output(), a.u, dX, dInner);
        kernels.dropout(dropout.at(10 * l + 2), t * d, dInner);
        kernels.reluBackward(t * d, a.u, dInner);
        kernels.linearBackward(t, block.hidden(), g.hidden(), a.n, dInner, dX);
        kernels.addScaled(t * d, 1f, dX, dN);
        dH.fill(0, t * d, 0);
        kernels.layerNormBackward(new LayerNormGrad(t, block.forwardNorm(), g.forwardNorm(), a.h, a.nStats, dN, dH));
        kernels.linearBackward(t, block.attended(), g.attended(), a.o, dH, dInner);
        kernels.softmaxAttentionBackward(
                new SoftmaxAttentionGrad(batch.layout(), attention(l), a.projected, a.kv, dInner, dN, dKv));
        kernels.linearBackward(t, block.query(), g.query(), a.q, dN, dQ);
        kernels.addScaled(t * d, 1f, dH, dQ);
        kernels.linearBackward(t, block.keysValues(), g.keysValues(), x[l], dKv, dX);
        kernels.layerNormBackward(new LayerNormGrad(t, block.queryNorm(), g.queryNorm(), x[l], a.qStats, dQ, dX));
    }
}
