package io.freshet.model.hstu;

import io.freshet.kernel.AttentionWeights;
import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.LinearWeights;
import io.freshet.kernel.NormWeights;
import io.freshet.model.CounterRandom;
import io.freshet.model.LogitBiases;
import io.freshet.model.ModelConfig;
import io.freshet.model.TokenTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * All dense tensors of the model in one block, with typed views: weights, gradients and moments share this shape.
 *
 * <p>Order: token rows (action rows {@code [ACTIONS, D]}, the last is the begin token, and hour-of-week rows {@code
 * [168, D]}; or, in the research variant, one for each position {@code [window, D]}), the logit biases ({@link
 * LogitBiases}), then per layer: norm, projection, position and time bias, output norm, output projection.
 */
public final class HstuParameters {
    /** What norms add to variances. */
    static final float EPSILON = 1e-6f;

    /**
     * One layer's tensors; matrices are stored input by input.
     *
     * @param norm gains and biases, {@code [D]} each
     * @param projection to {@code [U|V|Q|K]}: weights {@code [D, 4*H*d]}, biases {@code [4*H*d]}
     * @param attention biases of positions {@code [H, window]} and of time buckets {@code [H, timeBuckets]}
     * @param gate gains and biases, {@code [H*d]} each
     * @param output weights {@code [H*d, D]}, biases {@code [D]}
     */
    record Layer(
            NormWeights norm,
            LinearWeights projection,
            AttentionWeights attention,
            NormWeights gate,
            LinearWeights output) {}

    private final ModelConfig config;
    private final Floats block; // [P]
    private final Floats tokens; // [TokenTable.rows, D]
    private final Floats logitBiases; // [LogitBiases.COUNT]
    private final List<Layer> layers = new ArrayList<>();
    private int next;

    /** Allocates a zeroed block. */
    public HstuParameters(ModelConfig config, Device device) {
        this(config, device.floats(count(config)));
    }

    /** Views of a block of {@link #count} values. */
    public HstuParameters(ModelConfig config, Floats block) {
        this.config = config;
        this.block = block;
        int d = config.width();
        int a = config.attentionWidth();
        tokens = take(TokenTable.rows(config) * d);
        logitBiases = take(LogitBiases.COUNT);
        for (int l = 0; l < config.layers(); l++) {
            NormWeights norm = new NormWeights(d, EPSILON, take(d), take(d));
            LinearWeights projection = new LinearWeights(d, 4 * a, take(d * 4 * a), take(4 * a));
            AttentionWeights attention = new AttentionWeights(
                    config.heads(),
                    config.headDim(),
                    research(config) ? 1f : (float) (1 / Math.sqrt(config.headDim())),
                    research(config) ? 1f / (config.window() + 11) : 0f,
                    config.window(),
                    config.timeBuckets(),
                    take(config.heads() * config.window()),
                    take(config.heads() * config.timeBuckets()));
            NormWeights gate = new NormWeights(a, EPSILON, take(a), take(a));
            LinearWeights output = new LinearWeights(a, d, take(a * d), take(d));
            layers.add(new Layer(norm, projection, attention, gate, output));
        }
    }

    private static boolean research(ModelConfig config) {
        return config.variant() == ModelConfig.Variant.RESEARCH;
    }

    /** Number of dense values of a configuration. */
    public static int count(ModelConfig c) {
        int a = c.attentionWidth();
        int layer = 2 * c.width()
                + c.width() * 4 * a
                + 4 * a
                + c.heads() * (c.window() + c.timeBuckets())
                + 2 * a
                + a * c.width()
                + c.width();
        return TokenTable.rows(c) * c.width() + LogitBiases.COUNT + c.layers() * layer;
    }

    /**
     * Initial weights, {@code [P]}: projections uniform with variance 1 / fan-in, norms one, the rest zero; in the
     * research variant matrices with the variance of Glorot and Bengio (2010).
     */
    public static float[] initial(ModelConfig c) {
        float[] w = new float[count(c)];
        int d = c.width();
        int a = c.attentionWidth();
        boolean research = research(c);
        int drawn = research ? TokenTable.rows(c) : TokenTable.ACTIONS;
        CounterRandom.fill(c.seed(), w, 0, drawn * d, research ? CounterRandom.glorot(TokenTable.rows(c), d) : 0.02f);
        int at = TokenTable.rows(c) * d;
        w[at++] = 0.3f;
        w[at++] = 0.2f;
        for (int lag = 1; lag <= LogitBiases.LAGS; lag++) {
            w[at++] = 1.5f / lag;
        }
        at += LogitBiases.LAGS + 1;
        for (int l = 0; l < c.layers(); l++) {
            Arrays.fill(w, at, at + d, 1f);
            at += 2 * d;
            long key = CounterRandom.mix(c.seed(), 1000 + l);
            CounterRandom.fill(
                    key, w, at, d * 4 * a, research ? CounterRandom.glorot(d, 4 * a) : (float) Math.sqrt(3.0 / d));
            at += d * 4 * a + 4 * a + c.heads() * (c.window() + c.timeBuckets());
            Arrays.fill(w, at, at + a, 1f);
            at += 2 * a;
            float bound = research ? CounterRandom.glorot(a, d) : (float) Math.sqrt(3.0 / a / c.layers());
            CounterRandom.fill(CounterRandom.mix(key, 1), w, at, a * d, bound);
            at += a * d + d;
        }
        return w;
    }

    private Floats take(int length) {
        Floats slice = block.slice(next, length);
        next += length;
        return slice;
    }

    /** All values in one block, {@code [P]}. */
    public Floats block() {
        return block;
    }

    /** P, number of values. */
    public int count() {
        return block.length();
    }

    /** The token table, {@code [TokenTable.rows, D]}. */
    Floats tokens() {
        return tokens;
    }

    /** In a gradient: forgets what the variant does not learn. */
    void clearFrozen() {
        if (research(config)) {
            for (Layer layer : layers) {
                clear(layer.norm().gamma());
                clear(layer.norm().beta());
                clear(layer.gate().gamma());
                clear(layer.gate().beta());
                clear(layer.projection().bias());
            }
        }
        if (config.timeBuckets() == 1) {
            for (Layer layer : layers) {
                clear(layer.attention().time());
            }
        }
    }

    private static void clear(Floats values) {
        values.fill(0, values.length(), 0);
    }

    /**
     * Everything but the logit biases, in two slices.
     *
     * @return the token table before them, {@code [TokenTable.rows * D]}, and the layers behind them
     */
    public List<Floats> network() {
        int at = tokens.length();
        int behind = at + LogitBiases.COUNT;
        return List.of(block.slice(0, at), block.slice(behind, block.length() - behind));
    }

    /** The logit biases, {@code [LogitBiases.COUNT]}. */
    public Floats logitBiases() {
        return logitBiases;
    }

    Layer layer(int l) {
        return layers.get(l);
    }
}
