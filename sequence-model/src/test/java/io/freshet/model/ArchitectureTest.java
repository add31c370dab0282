package io.freshet.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.Device;
import io.freshet.kernel.Dropout;
import io.freshet.kernel.Floats;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.hstu.Hstu;
import io.freshet.model.sasrec.SasRec;
import io.freshet.store.Interaction;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every architecture's gradients against central differences, under dropout too, and its causality. */
class ArchitectureTest {
    private static final int ITEMS = 5;
    private final Device device = CpuDevices.scalar().open();
    private final SplittableRandom random = new SplittableRandom(17);

    static Stream<Architecture> architectures() {
        return Stream.of(
                new SasRec(6, 2, 1, 9, 0.5f),
                new SasRec(8, 1, 2, 9, 0.5f),
                new Hstu(
                        "research",
                        new ModelConfig(
                                new LayerConfig(ModelConfig.Variant.RESEARCH, 6, 2, 2, 4, 16),
                                new ContextConfig(9, 8),
                                0.5f,
                                new PopularityDecay(1, 1),
                                3,
                                ActionRules.DEFAULT)),
                new Hstu(
                        "streaming",
                        new ModelConfig(
                                new LayerConfig(ModelConfig.Variant.STREAMING, 6, 2, 2, 4, 16),
                                new ContextConfig(10, 8),
                                0.5f,
                                new PopularityDecay(1, 1),
                                3,
                                ActionRules.DEFAULT)));
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

    private static List<Interaction> tokens(int count) {
        List<Interaction> tokens = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tokens.add(new Interaction((i * 3) % ITEMS, (byte) (i % 3), i * 40_000L, 0, i));
        }
        return tokens;
    }

    private double objective(
            Architecture a, SequenceBatch batch, float[] weights, float[] items, float[] along, Dropout dropout) {
        SequenceEncoder encoder = a.open(device, on(weights), device.floats(weights.length), 32);
        Floats y = encoder.forward(batch, on(items), dropout);
        float[] host = new float[along.length];
        y.download(0, host, 0, host.length);
        double sum = 0;
        for (int i = 0; i < host.length; i++) {
            sum += (double) host[i] * along[i];
        }
        return sum;
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void gradientsMatchCentralDifferencesUnderDropout(Architecture a) {
        SequenceBatch batch = a.newBatch(4);
        batch.clear();
        batch.add(tokens(7), 400_000, row -> row >= 2, token -> (int) token.item());
        batch.add(tokens(3), 300_000, row -> row != 1, token -> (int) token.item());
        float[] weights = a.initial(5);
        float[] noise = values(weights.length, 0.3);
        for (int i = 0; i < weights.length; i++) {
            weights[i] += noise[i];
        }
        float[] items = values(ITEMS * a.width(), 0.7);
        float[] along = values(batch.supervisedCount() * a.width(), 1);
        Dropout dropout = new Dropout(0.2f, 77);
        Floats gradient = device.floats(weights.length);
        Floats dItems = device.floats(items.length);
        SequenceEncoder encoder = a.open(device, on(weights), gradient, 32);
        encoder.forward(batch, on(items), dropout);
        encoder.backward(batch, on(along), dItems);
        float[] dWeights = new float[weights.length];
        gradient.download(0, dWeights, 0, dWeights.length);
        float[] dRows = new float[items.length];
        dItems.download(0, dRows, 0, dRows.length);
        int checked = 0;
        int off = 0;
        for (int i = 0; i < weights.length; i += 3) {
            int at = i;
            if (dWeights[i] != 0) {
                double up = objective(a, batch, moved(weights, at, 2e-3f), items, along, dropout);
                double down = objective(a, batch, moved(weights, at, -2e-3f), items, along, dropout);
                off += close(dWeights[i], up, down, weights[at]) ? 0 : 1;
                checked++;
            }
        }
        for (int i = 0; i < items.length; i++) {
            double up = objective(a, batch, weights, moved(items, i, 2e-3f), along, dropout);
            double down = objective(a, batch, weights, moved(items, i, -2e-3f), along, dropout);
            off += close(dRows[i], up, down, items[i]) ? 0 : 1;
            checked++;
        }
        assertThat(checked).as("values with a gradient").isGreaterThan(100);
        // A difference across the kink of a ReLU is not the slope on either side.
        assertThat(off).as("gradients that are not the slope, of " + checked).isLessThanOrEqualTo(checked / 100);
    }

    private static float[] moved(float[] x, int at, float by) {
        float[] copy = x.clone();
        copy[at] += by;
        return copy;
    }

    private static boolean close(float gradient, double up, double down, float value) {
        double numeric = (up - down) / ((value + 2e-3f) - (double) (value - 2e-3f));
        return Math.abs(gradient - numeric) <= 8e-3 + 2e-2 * Math.abs(numeric);
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void aRowDoesNotSeeWhatComesAfterIt(Architecture a) {
        float[] weights = a.initial(5);
        float[] items = values(ITEMS * a.width(), 0.7);
        float[] along = values(a.width(), 1);
        double[] seen = new double[2];
        for (int variant = 0; variant < 2; variant++) {
            List<Interaction> tokens = tokens(6);
            if (variant == 1) {
                tokens.set(5, new Interaction(4, (byte) 2, tokens.get(5).eventTimeMillis(), 0, 77));
            }
            SequenceBatch batch = a.newBatch(4);
            batch.clear();
            batch.add(tokens, 999_000, row -> row == 4, token -> (int) token.item());
            seen[variant] = objective(a, batch, weights, items, along, Dropout.NONE);
        }
        assertThat(seen[1]).isEqualTo(seen[0]);
    }
}
