package io.freshet.model.hstu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.KernelProvider;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.model.SequenceBatch;
import io.freshet.model.TimeBuckets;
import io.freshet.store.Interaction;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole model's gradients against central differences, and what a row may see. */
class HstuEncoderTest {
    private final ModelConfig config = new ModelConfig(
            new LayerConfig(ModelConfig.Variant.STREAMING, 8, 2, 2, 4, 16),
            new ContextConfig(16, 8),
            0.2f,
            new PopularityDecay(100, 10),
            3,
            ActionRules.DEFAULT);
    private final Device device = CpuDevices.scalar().open();
    private final SplittableRandom random = new SplittableRandom(9);

    private static List<Interaction> tokens(int count) {
        List<Interaction> tokens = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tokens.add(new Interaction(i % 5, (byte) (i % 3), i * 40_000L, 0, i));
        }
        return tokens;
    }

    private float[] values(int count, double scale) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) ((random.nextDouble() * 2 - 1) * scale);
        }
        return x;
    }

    private Floats on(float[] x) {
        Floats block = device.floats(x.length);
        block.upload(x, 0, 0, x.length);
        return block;
    }

    private double objective(float[] weights, float[] items, SequenceBatch batch, float[] along) {
        HstuEncoder model = new HstuEncoder(config, device, 32);
        HstuParameters w = new HstuParameters(config, device);
        w.block().upload(weights, 0, 0, weights.length);
        Floats y = model.forward(w, batch, on(items));
        float[] host = new float[along.length];
        y.download(0, host, 0, host.length);
        double sum = 0;
        for (int i = 0; i < host.length; i++) {
            sum += (double) host[i] * along[i];
        }
        return sum;
    }

    @Test
    void gradientsMatchCentralDifferences() {
        SequenceBatch batch = new SequenceBatch(config, 4);
        batch.clear();
        batch.add(tokens(6), 400_000, row -> row >= 3, token -> (int) token.item());
        batch.add(tokens(3), 300_000, row -> row != 1, token -> (int) token.item());
        float[] weights = values(HstuParameters.count(config), 0.5);
        float[] items = values(5 * 8, 0.5);
        float[] along = values(batch.supervisedCount() * 8, 1);
        HstuEncoder model = new HstuEncoder(config, device, 32);
        HstuParameters w = new HstuParameters(config, device);
        w.block().upload(weights, 0, 0, weights.length);
        HstuParameters grad = new HstuParameters(config, device);
        Floats dItems = device.floats(items.length);
        model.forward(w, batch, on(items));
        model.backward(w, grad, batch, on(along), dItems);
        float[] dWeights = new float[weights.length];
        grad.block().download(0, dWeights, 0, dWeights.length);
        float[] dRows = new float[items.length];
        dItems.download(0, dRows, 0, dRows.length);
        int checked = 0;
        for (int i = 0; i < weights.length; i += 7) {
            checked += close(dWeights[i], difference(weights, i, x -> objective(x, items, batch, along)), "w" + i);
        }
        for (int i = 0; i < items.length; i++) {
            checked += close(dRows[i], difference(items, i, x -> objective(weights, x, batch, along)), "e" + i);
        }
        assertThat(checked).as("gradients that are not zero").isGreaterThan(60);
    }

    private static double difference(float[] x, int at, ToDoubleFunction<float[]> f) {
        float[] up = x.clone();
        float[] down = x.clone();
        up[at] += 4e-3f;
        down[at] -= 4e-3f;
        return (f.applyAsDouble(up) - f.applyAsDouble(down)) / (up[at] - (double) down[at]);
    }

    private static int close(float gradient, double numeric, String what) {
        assertThat((double) gradient).as(what).isCloseTo(numeric, within(5e-3 + 2e-2 * Math.abs(numeric)));
        return gradient == 0 ? 0 : 1;
    }

    /** Rows of the last layer that nobody asked for are not computed: what was asked for must not notice. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void queriesAndGradientsAreThoseOfABatchThatSupervisesEveryRow(boolean vector) {
        ModelConfig wide = new ModelConfig(
                new LayerConfig(ModelConfig.Variant.STREAMING, 16, 2, 2, 8, 16),
                new ContextConfig(120, 64),
                0.2f,
                new PopularityDecay(100, 10),
                3,
                ActionRules.DEFAULT);
        KernelProvider provider = vector ? CpuDevices.vector() : CpuDevices.scalar();
        Assumptions.assumeTrue(provider.unusable().isEmpty(), "no vectors here");
        float[] weights = values(HstuParameters.count(wide), 0.4);
        float[] items = values(5 * 16, 0.5);
        List<float[]> results = new ArrayList<>();
        try (Device other = provider.open()) {
            for (boolean every : new boolean[] {true, false}) {
                SequenceBatch batch = new SequenceBatch(wide, 4);
                batch.clear();
                int[] lengths = {100, 3, 70, 33};
                int[] asked = {97, 2, 71, 20};
                List<Boolean> counts = new ArrayList<>();
                for (int b = 0; b < lengths.length; b++) {
                    int from = asked[b];
                    batch.add(tokens(lengths[b]), 9_000_000, row -> every || row >= from, token -> (int) token.item());
                    for (int row = 0; row <= lengths[b]; row++) {
                        counts.add(row >= from);
                    }
                }
                int m = batch.supervisedCount();
                float[] along = new float[m * 16];
                int at = 0;
                for (int row = 0; row < counts.size(); row++) {
                    boolean counted = counts.get(row);
                    for (int i = 0; i < 16 && (every || counted); i++) {
                        along[at++] = counted ? (float) Math.sin(row * 16 + i) : 0f;
                    }
                }
                HstuEncoder model = new HstuEncoder(wide, other, 256);
                HstuParameters w = new HstuParameters(wide, other);
                w.block().upload(weights, 0, 0, weights.length);
                HstuParameters grad = new HstuParameters(wide, other);
                Floats table = other.floats(items.length);
                table.upload(items, 0, 0, items.length);
                Floats dItems = other.floats(items.length);
                Floats dQueries = other.floats(along.length);
                dQueries.upload(along, 0, 0, along.length);
                float[] y = new float[m * 16];
                model.forward(w, batch, table).download(0, y, 0, y.length);
                model.backward(w, grad, batch, dQueries, dItems);
                float[] all = new float[weights.length + items.length + 16];
                grad.block().download(0, all, 0, weights.length);
                dItems.download(0, all, weights.length, items.length);
                // The last row of the last sequence is asked for in both.
                System.arraycopy(y, y.length - 16, all, weights.length + items.length, 16);
                results.add(all);
            }
        }
        assertThat(results.get(1)).containsExactly(results.get(0), within(2e-4f));
        double squares = 0;
        for (float f : results.get(0)) {
            squares += f * f;
        }
        assertThat(squares).isGreaterThan(1);
    }

    @Test
    void aRowDoesNotSeeWhatComesAfterIt() {
        float[] weights = values(HstuParameters.count(config), 0.5);
        float[] items = values(5 * 8, 0.5);
        float[] along = values(8, 1);
        double[] seen = new double[2];
        for (int variant = 0; variant < 2; variant++) {
            List<Interaction> tokens = tokens(6);
            if (variant == 1) {
                tokens.set(5, new Interaction(0, (byte) 2, tokens.get(5).eventTimeMillis(), 0, 77));
            }
            SequenceBatch batch = new SequenceBatch(config, 4);
            batch.clear();
            batch.add(tokens, 999_000 + variant, row -> row == 5, token -> (int) token.item());
            seen[variant] = objective(weights, items, batch, along);
        }
        assertThat(seen[1]).isEqualTo(seen[0]);
    }

    @Test
    void timeBucketsAreTheFormula() {
        TimeBuckets buckets = new TimeBuckets(72);
        for (long seconds = 1; seconds < 1L << 33; seconds = seconds * 3 / 2 + 1) {
            int expected = (int) Math.min(71, Math.floor(Math.log(seconds) / 0.301));
            assertThat(buckets.of(seconds * 1000)).as(seconds + " s").isEqualTo(expected);
            assertThat(buckets.of(-seconds * 1000)).isEqualTo(expected);
        }
        assertThat(buckets.of(0)).isZero();
    }
}
