package io.freshet.model.hstu;

import io.freshet.kernel.Device;
import io.freshet.kernel.Dropout;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.Kernels.GatedNormGrad;
import io.freshet.kernel.Kernels.GatherShape;
import io.freshet.kernel.Kernels.LayerNormGrad;
import io.freshet.kernel.LinearWeights;
import io.freshet.kernel.NormWeights;
import io.freshet.model.ModelConfig;
import io.freshet.model.SequenceBatch;
import org.jspecify.annotations.Nullable;

/**
 * Forward and backward of the model over one micro-batch, with the activations in between; one per lane.
 *
 * <p>Per layer (arXiv 2402.17152, section 3, equations 1 to 3): {@code Xn = LN(X); [U|V|Q|K] = SiLU(Xn W1 + b1);
 * O = attention; G = U .* LN(O); Y = G Wo + bo + X}. Nothing follows the last layer but the L2 normalisation of the
 * supervised rows. Where few rows are supervised, the last layer's other rows are of use as keys and values alone, and
 * nothing else of them is computed.
 */
public final class HstuEncoder {
    private final ModelConfig config;
    private final Kernels kernels;
    private final int maxTokens;
    private final Ints tokenRows; // [T]
    private final Ints hourRows; // [T]
    private final Ints itemRows; // [T]
    private final Ints supervised; // [M]
    private final Floats[] x; // [L + 1][T, D]
    private final Floats[] xn; // [L][T, D]
    private final Floats[] xStats; // [L][T, 2]
    private final Floats[] z; // [L][T, 4*H*d]
    private final Floats[] projected; // [L][T, 4*H*d]
    private final Floats[] o; // [L][T, H*d]
    private final Floats[] oStats; // [L][T, 2]
    private final Floats[] g; // [L][T, H*d]
    private final Floats gatheredX; // [M, D]
    private final Floats gatheredO; // [M, H*d]
    private final Floats gatheredProjected; // [M, 4*H*d]
    private final Floats dGatheredO; // [M, H*d]
    private final Floats dGatheredProjected; // [M, 4*H*d]
    private final Floats gathered; // [M, D]
    private final Floats queries; // [M, D]
    private final Floats inverseNorms; // [M]
    private final Floats dX; // [T, D]
    private final Floats dXn; // [T, D]
    private final Floats dProjected; // [T, 4*H*d]
    private final Floats dO; // [T, H*d]
    private final Floats dG; // [T, H*d]
    private final Floats dGathered; // [M, D]
    private final @Nullable LayerNormGrad[] normCalls; // [L]
    private final @Nullable GatedNormGrad[] gateCalls; // [L]
    private Dropout dropout = Dropout.NONE;
    /** Whether the last {@link #forward} computed the last layer for supervised rows alone. */
    private boolean fewSupervised;

    /**
     * @param maxTokens most rows in one micro-batch; all memory is taken here
     */
    public HstuEncoder(ModelConfig config, Device device, int maxTokens) {
        this.config = config;
        this.kernels = device.openKernels();
        this.maxTokens = maxTokens;
        int d = config.width();
        int a = config.attentionWidth();
        int layers = config.layers();
        tokenRows = device.ints(maxTokens);
        hourRows = device.ints(maxTokens);
        itemRows = device.ints(maxTokens);
        supervised = device.ints(maxTokens);
        normCalls = new LayerNormGrad[layers];
        gateCalls = new GatedNormGrad[layers];
        x = blocks(device, layers + 1, maxTokens * d);
        xn = blocks(device, layers, maxTokens * d);
        xStats = blocks(device, layers, maxTokens * 2);
        z = blocks(device, layers, maxTokens * 4 * a);
        projected = blocks(device, layers, maxTokens * 4 * a);
        o = blocks(device, layers, maxTokens * a);
        oStats = blocks(device, layers, maxTokens * 2);
        g = blocks(device, layers, maxTokens * a);
        gatheredX = device.floats(maxTokens * d);
        gatheredO = device.floats(maxTokens * a);
        gatheredProjected = device.floats(maxTokens * 4 * a);
        dGatheredO = device.floats(maxTokens * a);
        dGatheredProjected = device.floats(maxTokens * 4 * a);
        gathered = device.floats(maxTokens * d);
        queries = device.floats(maxTokens * d);
        inverseNorms = device.floats(maxTokens);
        dX = device.floats(maxTokens * d);
        dXn = device.floats(maxTokens * d);
        dProjected = device.floats(maxTokens * 4 * a);
        dO = device.floats(maxTokens * a);
        dG = device.floats(maxTokens * a);
        dGathered = device.floats(maxTokens * d);
    }

    private static Floats[] blocks(Device device, int count, int length) {
        Floats[] blocks = new Floats[count];
        for (int i = 0; i < count; i++) {
            blocks[i] = device.floats(length);
        }
        return blocks;
    }

    /** The operators of this lane. */
    public Kernels kernels() {
        return kernels;
    }

    /**
     * Encodes a batch.
     *
     * @param itemTable rows that the batch's item rows name, {@code [.., D]}
     * @return L2-normalised queries of the supervised rows, {@code [M, D]}; valid until the next call
     */
    public Floats forward(HstuParameters w, SequenceBatch batch, Floats itemTable) {
        return forward(w, batch, itemTable, Dropout.NONE);
    }

    /**
     * Encodes a batch under dropout of the input and of every layer's gated output; {@link #backward} uses it too.
     *
     * @param itemTable rows that the batch's item rows name, {@code [.., D]}
     * @return L2-normalised queries of the supervised rows, {@code [M, D]}; valid until the next call
     */
    public Floats forward(HstuParameters w, SequenceBatch batch, Floats itemTable, Dropout mask) {
        dropout = mask;
        int t = batch.tokens();
        if (t > maxTokens) {
            throw new IllegalArgumentException("batch of " + t + " tokens, made for at most " + maxTokens);
        }
        int d = config.width();
        batch.uploadTokenRows(tokenRows);
        batch.uploadHourRows(hourRows);
        batch.uploadItemRows(itemRows);
        batch.uploadSupervised(supervised);
        kernels.gather(new GatherShape(t, d, rootWidth(), false), itemTable, itemRows, x[0]);
        kernels.gather(new GatherShape(t, d, 1f, true), w.tokens(), tokenRows, x[0]);
        kernels.gather(new GatherShape(t, d, 1f, true), w.tokens(), hourRows, x[0]);
        kernels.dropout(dropout.at(0), t * d, x[0]);
        int m = batch.supervisedCount();
        // A mask of dropout goes by place, so that a row must stay where it is.
        fewSupervised = dropout == Dropout.NONE && m <= t / 4 * 3;
        int last = config.layers() - 1;
        for (int l = 0; l <= last; l++) {
            HstuParameters.Layer layer = w.layer(l);
            kernels.layerNorm(t, layer.norm(), x[l], xn[l], xStats[l]);
            kernels.linearSilu(t, layer.projection(), xn[l], z[l], projected[l]);
            if (l == last && fewSupervised) {
                finishSupervised(l, layer, batch);
            } else {
                kernels.attention(batch.layout(), layer.attention(), projected[l], o[l]);
                kernels.gatedNorm(t, layer.gate(), o[l], projected[l], g[l], oStats[l]);
                kernels.dropout(dropout.at(l + 1), t * config.attentionWidth(), g[l]);
                kernels.linear(t, layer.output(), g[l], x[l], x[l + 1]);
            }
        }
        if (!fewSupervised) {
            kernels.gather(new GatherShape(m, d, 1f, false), x[last + 1], supervised, gathered);
        }
        kernels.l2Normalize(m, d, gathered, queries, inverseNorms);
        return queries;
    }

    /** The rest of the last layer, of supervised rows alone. */
    private void finishSupervised(int l, HstuParameters.Layer layer, SequenceBatch batch) {
        int m = batch.supervisedCount();
        int a = config.attentionWidth();
        batch.layout().tailsOnly(true);
        kernels.attention(batch.layout(), layer.attention(), projected[l], o[l]);
        batch.layout().tailsOnly(false);
        kernels.gather(new GatherShape(m, a, 1f, false), o[l], supervised, gatheredO);
        kernels.gather(new GatherShape(m, 4 * a, 1f, false), projected[l], supervised, gatheredProjected);
        kernels.gather(new GatherShape(m, config.width(), 1f, false), x[l], supervised, gatheredX);
        kernels.gatedNorm(m, layer.gate(), gatheredO, gatheredProjected, g[l], oStats[l]);
        kernels.linear(m, layer.output(), g[l], gatheredX, gathered);
    }

    /**
     * Backward of the last {@link #forward}.
     *
     * @param dQueries gradient of the queries, {@code [M, D]}
     * @param grad receives the gradients of the dense tensors, added to
     * @param dItemTable receives the gradients of the item rows, {@code [.., D]}, added to
     */
    public void backward(
            HstuParameters w, HstuParameters grad, SequenceBatch batch, Floats dQueries, Floats dItemTable) {
        int t = batch.tokens();
        int m = batch.supervisedCount();
        int d = config.width();
        dGathered.fill(0, m * d, 0);
        kernels.l2NormalizeBackward(new Kernels.L2NormGrad(m, d, queries, inverseNorms, dQueries, dGathered));
        dX.fill(0, t * d, 0);
        kernels.scatterAdd(new GatherShape(m, d, 1f, true), dGathered, supervised, dX);
        for (int l = config.layers() - 1; l >= 0; l--) {
            backward(l, w.layer(l), grad.layer(l), batch);
        }
        kernels.dropout(dropout.at(0), t * d, dX);
        kernels.scatterAdd(new GatherShape(t, d, rootWidth(), true), dX, itemRows, dItemTable);
        kernels.scatterAdd(new GatherShape(t, d, 1f, true), dX, tokenRows, grad.tokens());
        kernels.scatterAdd(new GatherShape(t, d, 1f, true), dX, hourRows, grad.tokens());
        grad.clearFrozen();
    }

    private void backward(int l, HstuParameters.Layer layer, HstuParameters.Layer grad, SequenceBatch batch) {
        int t = batch.tokens();
        LinearWeights out = layer.output();
        boolean few = fewSupervised && l == config.layers() - 1;
        if (few) {
            backwardSupervised(l, layer, grad, batch);
        } else {
            kernels.linearBackward(t, out, grad.output(), g[l], dX, dG);
            kernels.dropout(dropout.at(l + 1), t * config.attentionWidth(), dG);
            kernels.gatedNormBackward(gateCall(l, t, layer.gate(), grad.gate()));
        }
        batch.layout().tailsOnly(few);
        kernels.attentionBackward(batch.layout(), layer.attention(), grad.attention(), projected[l], dO, dProjected);
        batch.layout().tailsOnly(false);
        kernels.siluBackward(t * 4 * config.attentionWidth(), z[l], dProjected, dProjected);
        kernels.linearBackward(t, layer.projection(), grad.projection(), xn[l], dProjected, dXn);
        kernels.layerNormBackward(normCall(l, t, layer.norm(), grad.norm()));
    }

    /** Backward of {@link #finishSupervised} up to attention: leaves what no supervised row depends on at zero. */
    private void backwardSupervised(int l, HstuParameters.Layer layer, HstuParameters.Layer grad, SequenceBatch batch) {
        int t = batch.tokens();
        int m = batch.supervisedCount();
        int a = config.attentionWidth();
        kernels.linearBackward(m, layer.output(), grad.output(), g[l], dGathered, dG);
        dGatheredProjected.fill(0, m * 4 * a, 0);
        kernels.gatedNormBackward(new GatedNormGrad(
                m,
                layer.gate(),
                grad.gate(),
                gatheredO,
                gatheredProjected,
                oStats[l],
                dG,
                dGatheredO,
                dGatheredProjected));
        dO.fill(0, t * a, 0);
        kernels.scatterAdd(new GatherShape(m, a, 1f, true), dGatheredO, supervised, dO);
        dProjected.fill(0, t * 4 * a, 0);
        kernels.scatterAdd(new GatherShape(m, 4 * a, 1f, true), dGatheredProjected, supervised, dProjected);
    }

    /** A layer's last arguments again, if they are the same: steps of one shape make no objects. */
    private LayerNormGrad normCall(int l, int t, NormWeights norm, NormWeights grad) {
        LayerNormGrad call = normCalls[l];
        if (call == null || call.rows() != t || call.weights() != norm || call.grad() != grad) {
            call = new LayerNormGrad(t, norm, grad, x[l], xStats[l], dXn, dX);
            normCalls[l] = call;
        }
        return call;
    }

    private GatedNormGrad gateCall(int l, int t, NormWeights gate, NormWeights grad) {
        GatedNormGrad call = gateCalls[l];
        if (call == null || call.rows() != t || call.weights() != gate || call.grad() != grad) {
            call = new GatedNormGrad(t, gate, grad, o[l], projected[l], oStats[l], dG, dO, dProjected);
            gateCalls[l] = call;
        }
        return call;
    }

    private float rootWidth() {
        return (float) Math.sqrt(config.width());
    }
}
