package io.freshet.model;

import io.freshet.kernel.AttentionWeights;
import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.LinearWeights;
import io.freshet.kernel.NormWeights;
import java.util.ArrayList;
import java.util.List;

/**
 * All dense tensors of the model in one block, with typed views: weights, gradients and moments share this shape.
 *
 * <p>Order: action rows {@code [ACTIONS, D]} (the last is the begin token), hour-of-week rows {@code [168, D]}, the
 * priors' weights (popularity, recent popularity, transitions by lag), then per layer: norm, projection, position
 * and time bias, output norm, output projection.
 */
public final class ModelParameters {
    /** Rows of the action table: 32 action codes and the begin token. */
    public static final int ACTIONS = 33;

    /** Row of the begin token in the action table. */
    public static final int BEGIN = 32;

    /** Rows of the hour-of-week table. */
    public static final int HOURS = 168;

    /** Priors: popularity, recent popularity, transitions from the last item, from the one before, ... */
    public static final int PRIORS = 2 + Transitions.LAGS;

    /** Added to variances. */
    static final float EPSILON = 1e-6f;

    /** One layer's tensors. */
    record Layer(
            NormWeights norm,
            LinearWeights projection,
            AttentionWeights attention,
            NormWeights gate,
            LinearWeights output) {}

    private final ModelConfig config;
    private final Floats block;
    private final Floats actions;
    private final Floats hours;
    private final Floats priors;
    private final List<Layer> layers = new ArrayList<>();
    private int next;

    /** Allocates a zeroed block. */
    public ModelParameters(ModelConfig config, Device device) {
        this.config = config;
        this.block = device.floats(count(config));
        int d = config.width();
        int a = config.attentionWidth();
        actions = take(ACTIONS * d);
        hours = take(HOURS * d);
        priors = take(PRIORS);
        for (int l = 0; l < config.layers(); l++) {
            NormWeights norm = new NormWeights(d, EPSILON, take(d), take(d));
            LinearWeights projection = new LinearWeights(d, 4 * a, take(d * 4 * a), take(4 * a));
            AttentionWeights attention = new AttentionWeights(
                    config.heads(),
                    config.headDim(),
                    (float) (1 / Math.sqrt(config.headDim())),
                    config.window(),
                    config.timeBuckets(),
                    take(config.heads() * config.window()),
                    take(config.heads() * config.timeBuckets()));
            NormWeights gate = new NormWeights(a, EPSILON, take(a), take(a));
            LinearWeights output = new LinearWeights(a, d, take(a * d), take(d));
            layers.add(new Layer(norm, projection, attention, gate, output));
        }
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
        return (ACTIONS + HOURS) * c.width() + PRIORS + c.layers() * layer;
    }

    /** Initial weights: projections uniform with variance 1 / fan-in, norms one, the rest zero. */
    public static float[] initial(ModelConfig c) {
        float[] w = new float[count(c)];
        int d = c.width();
        int a = c.attentionWidth();
        CounterRandom.fill(c.seed(), w, 0, ACTIONS * d, 0.02f);
        int at = (ACTIONS + HOURS) * d;
        w[at++] = 0.3f;
        w[at++] = 0.2f;
        for (int lag = 1; lag <= Transitions.LAGS; lag++) {
            w[at++] = 1.5f / lag;
        }
        for (int l = 0; l < c.layers(); l++) {
            java.util.Arrays.fill(w, at, at + d, 1f);
            at += 2 * d;
            long key = CounterRandom.mix(c.seed(), 1000 + l);
            CounterRandom.fill(key, w, at, d * 4 * a, (float) Math.sqrt(3.0 / d));
            at += d * 4 * a + 4 * a + c.heads() * (c.window() + c.timeBuckets());
            java.util.Arrays.fill(w, at, at + a, 1f);
            at += 2 * a;
            CounterRandom.fill(CounterRandom.mix(key, 1), w, at, a * d, (float) Math.sqrt(3.0 / a / c.layers()));
            at += a * d + d;
        }
        return w;
    }

    private Floats take(int length) {
        Floats slice = block.slice(next, length);
        next += length;
        return slice;
    }

    /** The whole block. */
    public Floats block() {
        return block;
    }

    /** Number of values. */
    public int count() {
        return block.length();
    }

    Floats actions() {
        return actions;
    }

    Floats hours() {
        return hours;
    }

    /** Everything but the priors, in two slices: the tables before them, the layers behind them. */
    public List<Floats> network() {
        int at = (ACTIONS + HOURS) * config.width();
        int behind = at + PRIORS;
        return List.of(block.slice(0, at), block.slice(behind, block.length() - behind));
    }

    /** The priors' weights, {@code [PRIORS]}. */
    public Floats priors() {
        return priors;
    }

    Layer layer(int l) {
        return layers.get(l);
    }

    ModelConfig config() {
        return config;
    }
}
