package io.freshet.kernel.cpu.bf16;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Float32 to bf16: the upper half of the bits, rounded to the nearest, ties to even. What is beyond the largest number
 * becomes infinite, and the NaN that arithmetic gives stays one; others are not looked for, which would take half as
 * long again.
 */
final class Bf16 {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_512;
    private static final VectorSpecies<Short> HALF = ShortVector.SPECIES_256;
    private static final int L = S.length();

    /** Just below a half of the last bit that stays. */
    private static final int HALF_LESS = 0x7fff;

    private Bf16() {}

    /** Rounds {@code from [count]} into {@code to [count]}. */
    static void round(int count, float[] from, int start, short[] to, int at) {
        int i = 0;
        for (; i + L <= count; i += L) {
            IntVector bits = FloatVector.fromArray(S, from, start + i).reinterpretAsInts();
            IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
            IntVector upper = odd.add(HALF_LESS).add(bits).lanewise(VectorOperators.LSHR, 16);
            ShortVector halves = (ShortVector) upper.convertShape(VectorOperators.I2S, HALF, 0);
            halves.intoArray(to, at + i);
        }
        for (; i < count; i++) {
            to[at + i] = round(from[start + i]);
        }
    }

    /** One value. */
    static short round(float x) {
        int bits = Float.floatToRawIntBits(x);
        return (short) ((bits + HALF_LESS + (bits >>> 16 & 1)) >>> 16);
    }
}
