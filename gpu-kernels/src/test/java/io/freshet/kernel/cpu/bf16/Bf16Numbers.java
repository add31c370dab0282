package io.freshet.kernel.cpu.bf16;

import java.math.BigDecimal;
import java.util.SplittableRandom;

/** bf16 numbers by their definition, and inputs for tests. */
public final class Bf16Numbers {
    private Bf16Numbers() {}

    /** The bf16 number nearest to a finite float, the even one of two; the float's neighbours are compared exactly. */
    public static float nearest(float x) {
        float below = Float.intBitsToFloat(Float.floatToRawIntBits(x) & 0xffff0000);
        float above = Float.intBitsToFloat(Float.floatToRawIntBits(below) + 0x10000);
        if (Float.isInfinite(above)) {
            BigDecimal middle =
                    new BigDecimal(Math.abs(below)).add(BigDecimal.valueOf(2).pow(119));
            return new BigDecimal(Math.abs(x)).compareTo(middle) >= 0 ? above : below;
        }
        int side = new BigDecimal(x)
                .subtract(new BigDecimal(below))
                .abs()
                .compareTo(new BigDecimal(above).subtract(new BigDecimal(x)).abs());
        boolean belowIsEven = (Float.floatToRawIntBits(below) & 0x10000) == 0;
        return side < 0 || (side == 0 && belowIsEven) ? below : above;
    }

    /** Uniform in [-1, 1), rounded to bf16. */
    public static float[] uniform(SplittableRandom random, int count) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = nearest((float) (random.nextDouble() * 2 - 1));
        }
        return x;
    }
}
