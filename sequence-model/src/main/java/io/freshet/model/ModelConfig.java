package io.freshet.model;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * Shape of the sequence model; part of what a snapshot records, so that a scorer builds the same model.
 *
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
 */
public record ModelConfig(
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
        long seed)
        implements Serializable {

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

    /** The {@code small} preset: CPU first. */
    public static ModelConfig small() {
        return new ModelConfig(64, 4, 2, 32, 256, 64, 72, 0.4f, 1200, 40, 20170601);
    }

    /** Width of one part of the projection, H * headDim. */
    public int attentionWidth() {
        return heads * headDim;
    }

    /** The configuration as text, for a snapshot's manifest. */
    public Map<String, String> toProperties() {
        Map<String, String> properties = new TreeMap<>();
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
        return properties;
    }

    /**
     * Reads what {@link #toProperties} wrote.
     *
     * @throws IllegalArgumentException naming a key that is missing or unreadable
     */
    public static ModelConfig fromProperties(Map<String, String> properties) {
        return new ModelConfig(
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
                Long.parseLong(need(properties, "model.seed")));
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
