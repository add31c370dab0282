package io.freshet.model;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * Configuration of the sequence model; part of what a snapshot records, so that a scorer builds the same model.
 *
 * @param layer sizes of the encoder's layers
 * @param sequence how much of a history a sequence has
 * @param temperature tau of the logits
 * @param popularity how fast items' popularities decay
 * @param seed of every initial value
 * @param actions what interactions say of their items
 */
public record ModelConfig(
        LayerConfig layer,
        ContextConfig sequence,
        float temperature,
        PopularityDecay popularity,
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

    /** Half-lives of the presets: popularity 1,200 ticks, recent popularity 40. */
    private static final PopularityDecay POPULARITY = new PopularityDecay(1200, 40);

    public ModelConfig {
        check(temperature > 0, "temperature", temperature, "a positive number");
    }

    /** The {@code small} preset: CPU first. */
    public static ModelConfig small() {
        return new ModelConfig(
                new LayerConfig(Variant.STREAMING, 64, 4, 2, 32, 72),
                new ContextConfig(256, 64),
                0.4f,
                POPULARITY,
                20170601,
                ActionRules.DEFAULT);
    }

    /**
     * The {@code gr-parity} preset: HSTU as the paper's research code has it on MovieLens, D 50, 2 layers, 1 head.
     *
     * @param timeBuckets 128 with the time bias, 1 without
     */
    public static ModelConfig research(int timeBuckets, long seed) {
        return inEpochs(
                new LayerConfig(Variant.RESEARCH, 50, 2, 1, 50, timeBuckets), new ContextConfig(200, 199), seed);
    }

    /** The {@code gr-parity-large} preset: 8 layers, 2 heads of 25. */
    public static ModelConfig researchLarge(int timeBuckets, long seed) {
        return inEpochs(
                new LayerConfig(Variant.RESEARCH, 50, 8, 2, 25, timeBuckets), new ContextConfig(200, 199), seed);
    }

    /** The layers of {@code small} with the paper's temperature, for training in epochs with dropout. */
    public static ModelConfig smallInEpochs(int timeBuckets, long seed) {
        return inEpochs(
                new LayerConfig(Variant.STREAMING, 64, 4, 2, 32, timeBuckets), new ContextConfig(256, 64), seed);
    }

    private static ModelConfig inEpochs(LayerConfig layer, ContextConfig sequence, long seed) {
        return new ModelConfig(layer, sequence, 0.05f, POPULARITY, seed, ActionRules.EVERY_RATING);
    }

    /** This configuration with another seed. */
    public ModelConfig withSeed(long other) {
        return new ModelConfig(layer, sequence, temperature, popularity, other, actions);
    }

    /** This configuration with other rules of actions. */
    public ModelConfig withActions(ActionRules other) {
        return new ModelConfig(layer, sequence, temperature, popularity, seed, other);
    }

    /** Details of the layers. */
    public Variant variant() {
        return layer.variant();
    }

    /** D, floats in an embedding row. */
    public int width() {
        return layer.width();
    }

    /** L, number of layers. */
    public int layers() {
        return layer.layers();
    }

    /** H, number of heads. */
    public int heads() {
        return layer.heads();
    }

    /** d, width of a head. */
    public int headDim() {
        return layer.headDim();
    }

    /** Entries of a head's time bias table. */
    public int timeBuckets() {
        return layer.timeBuckets();
    }

    /** Most tokens in one sequence, the begin token included. */
    public int window() {
        return sequence.window();
    }

    /** Most tokens of history before the first predicted event, the begin token included. */
    public int context() {
        return sequence.context();
    }

    /** Half-life of an item's popularity, ticks. */
    public double popularityHalfLifeTicks() {
        return popularity.halfLifeTicks();
    }

    /** Half-life of an item's recent popularity, ticks. */
    public double recentHalfLifeTicks() {
        return popularity.recentHalfLifeTicks();
    }

    /** Whether sequences start with a begin token. */
    public boolean beginToken() {
        return variant() == Variant.STREAMING;
    }

    /** H*d, width of one part of the projection. */
    public int attentionWidth() {
        return heads() * headDim();
    }

    /** The configuration as text, for a snapshot's manifest. */
    public Map<String, String> toProperties() {
        Map<String, String> properties = new TreeMap<>();
        properties.put("model.variant", variant().name());
        properties.put("model.width", Integer.toString(width()));
        properties.put("model.layers", Integer.toString(layers()));
        properties.put("model.heads", Integer.toString(heads()));
        properties.put("model.head-dim", Integer.toString(headDim()));
        properties.put("model.window", Integer.toString(window()));
        properties.put("model.context", Integer.toString(context()));
        properties.put("model.time-buckets", Integer.toString(timeBuckets()));
        properties.put("model.temperature", Float.toString(temperature));
        properties.put("model.popularity-half-life-ticks", Double.toString(popularityHalfLifeTicks()));
        properties.put("model.recent-half-life-ticks", Double.toString(recentHalfLifeTicks()));
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
                new LayerConfig(
                        Variant.valueOf(properties.getOrDefault("model.variant", Variant.STREAMING.name())),
                        Integer.parseInt(need(properties, "model.width")),
                        Integer.parseInt(need(properties, "model.layers")),
                        Integer.parseInt(need(properties, "model.heads")),
                        Integer.parseInt(need(properties, "model.head-dim")),
                        Integer.parseInt(need(properties, "model.time-buckets"))),
                new ContextConfig(
                        Integer.parseInt(need(properties, "model.window")),
                        Integer.parseInt(need(properties, "model.context"))),
                Float.parseFloat(need(properties, "model.temperature")),
                new PopularityDecay(
                        Double.parseDouble(need(properties, "model.popularity-half-life-ticks")),
                        Double.parseDouble(need(properties, "model.recent-half-life-ticks"))),
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

    static void check(boolean valid, String name, Object value, String expected) {
        if (!valid) {
            throw new IllegalArgumentException("model." + name + " = " + value + ": expected " + expected);
        }
    }
}
