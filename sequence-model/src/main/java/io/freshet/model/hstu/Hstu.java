package io.freshet.model.hstu;

import io.freshet.kernel.Device;
import io.freshet.kernel.Dropout;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;
import io.freshet.model.Architecture;
import io.freshet.model.ModelConfig;
import io.freshet.model.SequenceBatch;
import io.freshet.model.SequenceEncoder;

/**
 * The HSTU family (arXiv 2402.17152), in the engine's variant or the paper's.
 *
 * @param name for tables and reports
 * @param config sizes and variant
 */
public record Hstu(String name, ModelConfig config) implements Architecture {
    @Override
    public int width() {
        return config.width();
    }

    @Override
    public int window() {
        return config.beginToken() ? config.window() - 1 : config.window();
    }

    @Override
    public boolean beginToken() {
        return config.beginToken();
    }

    @Override
    public float temperature() {
        return config.temperature();
    }

    @Override
    public int parameters() {
        return HstuParameters.count(config);
    }

    @Override
    public float[] initial(long seed) {
        return HstuParameters.initial(config.withSeed(seed));
    }

    @Override
    public SequenceBatch newBatch(int maxSequences) {
        return new SequenceBatch(config, maxSequences);
    }

    @Override
    public SequenceEncoder open(Device device, Floats weights, Floats gradient, int maxTokens) {
        HstuEncoder model = new HstuEncoder(config, device, maxTokens);
        HstuParameters w = new HstuParameters(config, weights);
        HstuParameters grad = new HstuParameters(config, gradient);
        return new SequenceEncoder() {
            @Override
            public Kernels kernels() {
                return model.kernels();
            }

            @Override
            public Floats forward(SequenceBatch batch, Floats itemTable, Dropout dropout) {
                return model.forward(w, batch, itemTable, dropout);
            }

            @Override
            public void backward(SequenceBatch batch, Floats dQueries, Floats dItemTable) {
                model.backward(w, grad, batch, dQueries, dItemTable);
            }
        };
    }
}
