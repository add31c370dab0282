package io.freshet.train.step;

import io.freshet.kernel.Device;
import io.freshet.model.LogitBiases;
import io.freshet.model.ModelConfig;
import io.freshet.model.hstu.HstuParameters;
import io.freshet.train.step.DenseSlices.Range;
import io.freshet.train.step.SoftmaxConfig.BiasSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The dense weights with the moments of their gradients, and what a lane keeps of both. Everybody has all weights; the
 * moments of a lane's slice are its owner's alone. The logit weights are a handful, and everybody's. {@link
 * DenseOptimizer} moves them.
 */
public final class DenseWeights {
    /** Log of a logit scale of 0: cosines add nothing to scores, and the loss has no gradient behind them. */
    private static final float SILENT = -1000f;

    private static final String WEIGHTS = "learner.weights";
    private static final String FIRST = "learner.first-moment";
    private static final String SECOND = "learner.second-moment";
    /** What a lane's gradients lost on their way so far; of lanes with compressed gradients. */
    public static final String RESIDUAL = "learner.residual";
    /** Behind the names of the logit weights' tensors; part of the state's format. */
    private static final String LOGIT_WEIGHTS = ".priors";

    private final DenseSlices slices;
    /** All weights, {@code [P]}. */
    private final HstuParameters weights;
    /** AdamW's first moments, {@code [P]}, of the owned slices. */
    private final HstuParameters first;
    /** AdamW's second moments, {@code [P]}, of the owned slices. */
    private final HstuParameters second;

    /**
     * Initial weights.
     *
     * @param use logit weights that are learned; the others are 0
     * @param lanes of all learners
     */
    public DenseWeights(ModelConfig config, BiasSet use, int lanes, Device device) {
        weights = new HstuParameters(config, device);
        first = new HstuParameters(config, device);
        second = new HstuParameters(config, device);
        int at = weights.network().get(0).length();
        slices = new DenseSlices(weights.count(), lanes, new Range(at, at + LogitBiases.COUNT));
        weights.block().upload(HstuParameters.initial(config), 0, 0, weights.count());
        weights.logitBiases().fill(use.count(), LogitBiases.COUNT - use.count(), 0f);
        if (use == BiasSet.NO_NETWORK) {
            weights.logitBiases().fill(LogitBiases.LOGIT_SCALE, 1, SILENT);
        }
    }

    HstuParameters weights() {
        return weights;
    }

    HstuParameters firstMoments() {
        return first;
    }

    HstuParameters secondMoments() {
        return second;
    }

    DenseSlices slices() {
        return slices;
    }

    /** All weights, {@code [P]}, copied. */
    public float[] values() {
        return host(weights, new Range(0, weights.count()));
    }

    /** The logit weights, {@code [B]}, copied. */
    float[] logitWeights() {
        return host(weights, slices.logitWeights());
    }

    private static float[] host(HstuParameters source, Range range) {
        float[] values = new float[range.count()];
        source.block().download(range.from(), values, 0, values.length);
        return values;
    }

    /**
     * What a lane keeps of the optimizer, and of the weights; the logit weights are lane 0's.
     *
     * @return by name, {@code [P / L]}, and {@code [B]} of the logit weights
     */
    Map<String, float[]> ownTensors(int lane) {
        Map<String, float[]> tensors = new TreeMap<>();
        for (String name : ownNames(lane)) {
            tensors.put(name, host(named(name), rangeOf(lane, name)));
        }
        return tensors;
    }

    /** Names of what a lane keeps. */
    public static List<String> ownNames(int lane) {
        return lane == 0
                ? List.of(
                        WEIGHTS, FIRST, SECOND, WEIGHTS + LOGIT_WEIGHTS, FIRST + LOGIT_WEIGHTS, SECOND + LOGIT_WEIGHTS)
                : List.of(WEIGHTS, FIRST, SECOND);
    }

    /**
     * Takes what a lane kept.
     *
     * @param tensors by name, {@code [P / L]}, and {@code [B]} of the logit weights
     * @throws IllegalStateException if one has another length: the snapshot belongs to another configuration
     */
    public void restore(int lane, Map<String, float[]> tensors) {
        tensors.forEach((name, values) -> {
            Range range = rangeOf(lane, name);
            if (values.length != range.count()) {
                throw new IllegalStateException("tensor " + name + " of lane " + lane + " has " + values.length
                        + " values, this model has " + range.count()
                        + ": the snapshot belongs to another configuration");
            }
            named(name).block().upload(values, 0, range.from(), values.length);
        });
    }

    private HstuParameters named(String name) {
        return name.startsWith(WEIGHTS) ? weights : name.startsWith(FIRST) ? first : second;
    }

    private Range rangeOf(int lane, String name) {
        return name.endsWith(LOGIT_WEIGHTS) ? slices.logitWeights() : slices.of(lane);
    }
}
