package io.freshet.model;

import java.io.Serializable;

/**
 * Sizes of the encoder's layers.
 *
 * @param variant details of the layers
 * @param width D, floats in an embedding row
 * @param layers L
 * @param heads H
 * @param headDim d, width of a head (values, queries and keys alike)
 * @param timeBuckets entries of a head's time bias table; with 1 there is no time bias
 */
public record LayerConfig(ModelConfig.Variant variant, int width, int layers, int heads, int headDim, int timeBuckets)
        implements Serializable {
    public LayerConfig {
        ModelConfig.check(width > 0 && width <= 4096, "width", width, "1 to 4096");
        ModelConfig.check(layers > 0 && layers <= 64, "layers", layers, "1 to 64");
        ModelConfig.check(heads > 0 && headDim > 0, "heads", heads, "positive heads and head-dim");
        ModelConfig.check(timeBuckets > 0 && timeBuckets <= 256, "time-buckets", timeBuckets, "1 to 256");
    }
}
