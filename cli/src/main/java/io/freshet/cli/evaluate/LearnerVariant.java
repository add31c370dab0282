package io.freshet.cli.evaluate;

import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.train.LearnerConfig;
import io.freshet.train.exchange.Compression;
import io.freshet.train.step.OptimizerConfig;
import io.freshet.train.step.SoftmaxConfig;
import io.freshet.train.step.SoftmaxConfig.BiasSet;
import io.freshet.train.step.TrainingConfig;
import java.util.Map;
import java.util.TreeMap;

/**
 * A form of the {@code small} preset by name, for ablations: {@code full}, or changes joined by {@code +}, as in
 * {@code replay=0.5+row-rate=0.1}.
 */
final class LearnerVariant {
    private final Map<String, String> changes = new TreeMap<>();

    private LearnerVariant() {}

    /** The learner that a variant names. */
    static LearnerConfig of(String variant) {
        LearnerVariant parsed = new LearnerVariant();
        for (String change : variant.split("\\+")) {
            switch (change) {
                case "full" -> {}
                case "no-sharpness" -> parsed.changes.put("priors", BiasSet.NO_LOGIT_SCALE.name());
                case "no-repeats" -> parsed.changes.put("priors", BiasSet.NO_REPEATS.name());
                case "no-transitions" -> parsed.changes.put("priors", BiasSet.POPULARITY.name());
                case "no-network" -> parsed.changes.put("priors", BiasSet.NO_NETWORK.name());
                case "no-priors" -> parsed.changes.put("priors", BiasSet.NONE.name());
                case "no-time-bias" -> parsed.changes.put("time-buckets", "1");
                case "full-softmax" -> parsed.changes.put("full-softmax-items", "" + Integer.MAX_VALUE);
                default -> parsed.put(change);
            }
        }
        return parsed.learner();
    }

    private void put(String change) {
        int at = change.indexOf('=');
        if (at < 0) {
            throw new IllegalArgumentException(change + " is neither full, no-network,"
                    + " no-sharpness, no-repeats, no-transitions, no-priors, no-time-bias,"
                    + " full-softmax nor NAME=VALUE");
        }
        String name = change.substring(0, at);
        changes.put(name, change.substring(at + 1));
        if (name.equals("negatives")) {
            changes.put("full-softmax-items", "0");
        }
    }

    private LearnerConfig learner() {
        LearnerConfig c = LearnerConfig.small();
        ModelConfig m = c.model();
        TrainingConfig training = c.training();
        SoftmaxConfig softmax = training.softmax();
        OptimizerConfig optimizer = training.optimizer();
        ModelConfig model = new ModelConfig(
                new LayerConfig(
                        m.variant(),
                        m.width(),
                        whole("layers", m.layers()),
                        m.heads(),
                        m.headDim(),
                        whole("time-buckets", m.timeBuckets())),
                new ContextConfig(m.window(), whole("context", m.context())),
                number("temperature", m.temperature()),
                new PopularityDecay(
                        number("popularity-half-life", (float) m.popularityHalfLifeTicks()),
                        number("recent-half-life", (float) m.recentHalfLifeTicks())),
                whole("seed", (int) m.seed()),
                actions());
        LearnerConfig learner = new LearnerConfig(
                model,
                new TrainingConfig(
                        whole("batch-tokens", training.batchTokens()),
                        number("replay-ratio", training.replayRatio()),
                        new SoftmaxConfig(
                                whole("full-softmax-items", softmax.fullSoftmaxItems()),
                                whole("negatives", softmax.negatives()),
                                BiasSet.valueOf(text("priors", softmax.biases().name()))),
                        new OptimizerConfig(
                                number("dense-learning-rate", optimizer.denseLearningRate()),
                                optimizer.warmUpSteps(),
                                number("row-learning-rate", optimizer.rowLearningRate()),
                                number("row-decay", optimizer.rowDecay()),
                                optimizer.gradientClip()),
                        new Compression(
                                Compression.Rows.valueOf(text(
                                        "rows", training.compression().rows().name())),
                                Compression.Gradients.valueOf(text(
                                        "gradients",
                                        training.compression().gradients().name()))),
                        training.threads()),
                c.capacity(),
                whole("publish-steps", c.publishSteps()));
        if (!changes.isEmpty()) {
            throw new IllegalArgumentException("a variant changes " + changes.keySet() + ", which it cannot");
        }
        return learner;
    }

    /** Published protocols count every rating, so this does unless a variant says otherwise. */
    private ActionRules actions() {
        ActionRules every = ActionRules.EVERY_RATING;
        return new ActionRules(
                number("rating-threshold", every.ratingThreshold()),
                number("dwell-threshold", every.dwellThreshold()),
                ActionRules.Impressions.valueOf(
                        text("impressions", every.impressions().name())),
                number("hide-weight", every.hideWeight()));
    }

    private String text(String name, String fallback) {
        String value = changes.remove(name);
        return value == null ? fallback : value;
    }

    private int whole(String name, int fallback) {
        String value = text(name, Integer.toString(fallback));
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + "=" + value + " is no whole number", e);
        }
    }

    private float number(String name, float fallback) {
        String value = text(name, Float.toString(fallback));
        try {
            return Float.parseFloat(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + "=" + value + " is no number", e);
        }
    }
}
