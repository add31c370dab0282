package io.freshet.train.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.train.exchange.Compression.Gradients;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of a gradient in fewer bytes arrives as it was said, and what was not said is said later. */
class GradientCodecTest {
    private final SplittableRandom random = new SplittableRandom(9);

    private float[] values(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextDouble() * 2 - 1) * (i % 7 == 0 ? 10 : 1);
        }
        return values;
    }

    @ParameterizedTest
    @EnumSource(Gradients.class)
    void whatIsWrittenIsRead(Gradients form) {
        GradientCodec codec = new GradientCodec(form);
        for (int count : new int[] {1, 7, 31, 32, 33, 255, 256, 257, 1021}) {
            float[] values = values(count + 5);
            if (form != Gradients.FLOAT32) {
                codec.quantise(values, new float[count + 5], 3, 3 + count);
            }
            MessageWriter writer = new MessageWriter();
            codec.put(writer, values, 3, 3 + count);
            byte[] bytes = writer.toBytes();
            float[] read = new float[count + 5];
            codec.get(new MessageReader(bytes, 1), read, 3, 3 + count);
            assertThat(Arrays.copyOfRange(read, 3, 3 + count)).isEqualTo(Arrays.copyOfRange(values, 3, 3 + count));
            if (form != Gradients.FLOAT32 && count > 256) {
                assertThat(bytes.length * 10).isLessThan(4 * count);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = Gradients.class, names = "FLOAT32", mode = EnumSource.Mode.EXCLUDE)
    void whatIsLostIsKeptAndSaidLater(Gradients form) {
        GradientCodec codec = new GradientCodec(form);
        int count = 600;
        float[] gradient = values(count);
        float[] residual = new float[count];
        double[] said = new double[count];
        int steps = 400;
        for (int step = 0; step < steps; step++) {
            float[] values = gradient.clone();
            codec.quantise(values, residual, 0, count);
            for (int i = 0; i < count; i++) {
                said[i] += values[i];
            }
        }
        for (int i = 0; i < count; i++) {
            double wanted = (double) steps * gradient[i];
            assertThat(said[i] + residual[i])
                    .as("value %d", i)
                    .isCloseTo(wanted, within(1e-2 + 1e-4 * Math.abs(wanted)));
            assertThat(said[i]).as("value %d", i).isCloseTo(wanted, within(0.3 * Math.abs(wanted) + 400));
        }
    }

    @ParameterizedTest
    @EnumSource(value = Gradients.class, names = "FLOAT32", mode = EnumSource.Mode.EXCLUDE)
    void aGradientThatIsNoNumberIsHeardOfAndForgotten(Gradients form) {
        GradientCodec codec = new GradientCodec(form);
        float[] residual = values(300);
        float[] before = residual.clone();
        float[] values = values(300);
        values[299] = Float.POSITIVE_INFINITY;
        codec.quantise(values, residual, 0, 300);
        assertThat(residual).isEqualTo(before);
        MessageWriter writer = new MessageWriter();
        codec.put(writer, values, 0, 300);
        float[] read = new float[300];
        codec.get(new MessageReader(writer.toBytes(), 1), read, 0, 300);
        assertThat(Float.isNaN(read[0])).isTrue();
    }

    @ParameterizedTest
    @ValueSource(floats = {0f, 1f, -1f, 3.1415927f, 1e-30f, -65504f})
    void bfloat16IsTheNearest(float value) {
        float half = RowCodec.bfloat16(value);
        assertThat(Math.abs(half - value)).isLessThanOrEqualTo(Math.abs(value) / 256);
        MessageWriter writer = new MessageWriter();
        writer.putBfloat16(new float[] {half}, 0, 1);
        float[] read = new float[1];
        new MessageReader(writer.toBytes(), 1).getBfloat16(read, 0, 1);
        assertThat(read[0]).isEqualTo(half);
    }
}
