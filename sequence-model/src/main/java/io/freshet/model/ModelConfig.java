package io.freshet.model;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * Shape of the sequence model; part of what a snapshot records, so that a scorer builds the same model.
 *
 * @param variant details of the layers
 * @param width D, floats in an embedding row
 * @param layers L
 * @param heads H
 * @param headDim width of a head (values, queries and keys alike)
 * @param window most tokens in one sequence, the begin token included
 * @param context most tokens of history before the first predicted event, the begin token included
 * @param timeBuckets entries of a head's time bias table
 * @param temperature tau of the logits
 * @param popularityHalfLifeTicks half-life of an item's decayed frequency, ticks
 * @param recentHalfLifeTicks the same of its recent frequency
 * @param seed of every initial value
 * @param actions what interactions say of their items
 */
public record ModelConfig(
        Variant variant,
        int width,
        int layers,
        int heads,
        int headDim,
        int window,
        int context,
        int timeBuckets,
        float temperature,
        double popularityHalfLifeTicks,
        double recentHalfLifeTicks,
        long seed,
        ActionRules actions)
        implements Serializable {

    /** Details in which the engine's layers differ from the paper's research code. */
    public enum Variant {
        /**
         * Begin token, action and hour-of-week rows; affine norms, a bias in the projection, scores over
         * {@code sqrt(headDim)}, rows over {@code i + 1}.
         */
        STREAMING,
        /**
         * As in the research code of arXiv 2402.17152: a row per place in the sequence, norms without weights, no bias
         * in the projection, scores as they are, rows over {@code window + 11}.
         */
        RESEARCH
    }

    public ModelConfig {
        check(width > 0 && width <= 4096, "width", width, "1 to 4096");
        check(layers > 0 && layers <= 64, "layers", layers, "1 to 64");
        check(heads > 0 && headDim > 0, "heads", heads, "positive heads and head-dim");
        check(window >= 2 && window <= 4096, "window", window, "2 to 4096");
        check(context >= 1 && context < window, "context", context, "1 to window - 1");
        check(timeBuckets > 0 && timeBuckets <= 256, "time-buckets", timeBuckets, "1 to 256");
        check(temperature > 0, "temperature", temperature, "a positive number");
        check(recentHalfLifeTicks > 0, "recent-half-life-ticks", recentHalfLifeTicks, "positive");
        check(popularityHalfLifeTicks > 0, "popularity-half-life-ticks", popularityHalfLifeTicks, "positive");
    }

    /** With the default rules of actions. */
    public ModelConfig(
            Variant variant,
            int width,
            int layers,
            int heads,
            int headDim,
            int window,
            int context,
            int timeBuckets,
            float temperature,
            double popularityHalfLifeTicks,
            double recentHalfLifeTicks,
            long seed) {
        this(
                variant,
                width,
                layers,
                heads,
                headDim,
                window,
                context,
                timeBuckets,
                temperature,
                popularityHalfLifeTicks,
                recentHalfLifeTicks,
                seed,
                ActionRules.DEFAULT);
    }

    /** The {@code small} preset: CPU first. */
    public static ModelConfig small() {
        return new ModelConfig(Variant.STREAMING, 64, 4, 2, 32, 256, 64, 72, 0.4f, 1200, 40, 20170601);
    }

    /**
     * The {@code gr-parity} preset: HSTU as the paper's research code has it on MovieLens, D 50, 2 layers, 1 head.
     *
     * @param timeBuckets 128 with the time bias, 1 without
     */
    public static ModelConfig research(int timeBuckets, long seed) {
        return new ModelConfig(Variant.RESEARCH, 50, 2, 1, 50, 200, 199, timeBuckets, 0.05f, 1200, 40, seed)
                .withActions(ActionRules.EVERY_RATING);
    }

    /** The {@code gr-parity-large} preset: 8 layers, 2 heads of 25. */
    public static ModelConfig researchLarge(int timeBuckets, long seed) {
        return new ModelConfig(Variant.RESEARCH, 50, 8, 2, 25, 200, 199, timeBuckets, 0.05f, 1200, 40, seed)
                .withActions(ActionRules.EVERY_RATING);
    }

    /** The layers of {@code small} with the paper's temperature, for training in epochs with dropout. */
    public static ModelConfig smallInEpochs(int timeBuckets, long seed) {
        return new ModelConfig(Variant.STREAMING, 64, 4, 2, 32, 256, 64, timeBuckets, 0.05f, 1200, 40, seed)
                .withActions(ActionRules.EVERY_RATING);
    }

    /** The same with another seed. */
    public ModelConfig withSeed(long other) {
        return with(timeBuckets, other, actions);
    }

    /** The same with another number of time buckets; with 1 there is no time bias. */
    public ModelConfig withTimeBuckets(int count) {
        return with(count, seed, actions);
    }

    /** The same with other rules of actions. */
    public ModelConfig withActions(ActionRules other) {
        return with(timeBuckets, seed, other);
    }

    private ModelConfig with(int buckets, long otherSeed, ActionRules rules) {
        return new ModelConfig(
                variant,
                width,
                layers,
                heads,
                headDim,
                window,
                context,
                buckets,
                temperature,
                popularityHalfLifeTicks,
                recentHalfLifeTicks,
                otherSeed,
                rules);
    }

    /** Whether sequences start with a begin token. */
    public boolean beginToken() {
        return variant == Variant.STREAMING;
    }

    /** Width of one part of the projection, H * headDim. */
    public int attentionWidth() {
        return heads * headDim;
    }

    /** The configuration as text, for a snapshot's manifest. */
    public Map<String, String> toProperties() {
        Map<String, String> properties = new TreeMap<>();
        properties.put("model.variant", variant.name());
        properties.put("model.width", Integer.toString(width));
        properties.put("model.layers", Integer.toString(layers));
        properties.put("model.heads", Integer.toString(heads));
        properties.put("model.head-dim", Integer.toString(headDim));
        properties.put("model.window", Integer.toString(window));
        properties.put("model.context", Integer.toString(context));
        properties.put("model.time-buckets", Integer.toString(timeBuckets));
        properties.put("model.temperature", Float.toString(temperature));
        properties.put("model.popularity-half-life-ticks", Double.toString(popularityHalfLifeTicks));
        properties.put("model.recent-half-life-ticks", Double.toString(recentHalfLifeTicks));
        properties.put("model.seed", Long.toString(seed));
        actions.addTo(properties);
        return properties;
    }

    /**
     * Reads what {@link #toProperties} wrote.
     *
     * @throws IllegalArgumentException naming a key that is missing or unreadable
     */
    public static ModelConfig fromProperties(Map<String, String> properties) {
        return new ModelConfig(
                Variant.valueOf(properties.getOrDefault("model.variant", Variant.STREAMING.name())),
                Integer.parseInt(need(properties, "model.width")),
                Integer.parseInt(need(properties, "model.layers")),
                Integer.parseInt(need(properties, "model.heads")),
                Integer.parseInt(need(properties, "model.head-dim")),
                Integer.parseInt(need(properties, "model.window")),
                Integer.parseInt(need(properties, "model.context")),
                Integer.parseInt(need(properties, "model.time-buckets")),
                Float.parseFloat(need(properties, "model.temperature")),
                Double.parseDouble(need(properties, "model.popularity-half-life-ticks")),
                Double.parseDouble(need(properties, "model.recent-half-life-ticks")),
                Long.parseLong(need(properties, "model.seed")),
                ActionRules.from(properties));
    }

    private static String need(Map<String, String> properties, String key) {
        String value = properties.get(key);
        if (value == null) {
            throw new IllegalArgumentException("model configuration lacks " + key + "; it has " + properties.keySet());
        }
        return value;
    }

    private static void check(boolean valid, String name, Object value, String expected) {
        if (!valid) {
            throw new IllegalArgumentException("model." + name + " = " + value + ": expected " + expected);
        }
    }
}
