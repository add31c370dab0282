package io.freshet.kernel.cpu.bf16;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Bf16RoundingTest {
    private static float back(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    private static float[] interesting() {
        SplittableRandom random = new SplittableRandom(11);
        float[] x = new float[4096 + 5];
        for (int i = 0; i < x.length; i++) {
            int upper = random.nextInt(0x7f80) << 16 | random.nextInt(2) << 31;
            int lower = new int[] {0, 1, 0x7fff, 0x8000, 0x8001, 0xffff, random.nextInt(0x10000)}[i % 7];
            x[i] = Float.intBitsToFloat(upper | lower);
        }
        x[3] = Float.MAX_VALUE;
        x[4] = Float.MIN_VALUE;
        x[5] = -0f;
        return x;
    }

    @Test
    void roundsToTheNearestAndTiesToEven() {
        float[] x = interesting();
        short[] rounded = new short[x.length];
        Bf16.round(x.length, x, 0, rounded, 0);
        for (int i = 0; i < x.length; i++) {
            float expected = Bf16Numbers.nearest(x[i]);
            assertThat(Float.floatToRawIntBits(back(rounded[i])))
                    .as("bf16 of %s, %s", x[i], Integer.toHexString(Float.floatToRawIntBits(x[i])))
                    .isEqualTo(Float.floatToRawIntBits(expected));
            assertThat(Bf16.round(x[i])).isEqualTo(rounded[i]);
        }
    }

    @Test
    void infinityAndNaNStayWhatTheyAre() {
        float[] x = new float[16];
        x[0] = Float.POSITIVE_INFINITY;
        x[1] = Float.NEGATIVE_INFINITY;
        x[2] = Float.NaN;
        x[3] = x[0] + x[1];
        x[4] = -x[3];
        x[5] = 0f * x[1];
        short[] rounded = new short[16];
        Bf16.round(16, x, 0, rounded, 0);
        assertThat(back(rounded[0])).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(back(rounded[1])).isEqualTo(Float.NEGATIVE_INFINITY);
        for (int i = 2; i < 6; i++) {
            assertThat(back(rounded[i])).isNaN();
            assertThat(back(Bf16.round(x[i]))).isNaN();
        }
    }
}
