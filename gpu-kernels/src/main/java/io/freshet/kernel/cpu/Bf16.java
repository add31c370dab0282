package io.freshet.kernel.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Float32 to bf16: the upper half of the bits, rounded to the nearest, ties to even. */
final class Bf16 {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_512;
    private static final VectorSpecies<Short> HALF = ShortVector.SPECIES_256;
    private static final int L = S.length();
    private static final int INFINITE = 0x7f800000;
    private static final int MAGNITUDE = 0x7fffffff;
    private static final int QUIET = 0x7fc0;

    private Bf16() {}

    /** Rounds {@code count} values; a NaN stays one, what is beyond the largest number becomes infinite. */
    static void round(int count, float[] from, int start, short[] to, int at) {
        int i = 0;
        for (; i + L <= count; i += L) {
            IntVector bits = FloatVector.fromArray(S, from, start + i).reinterpretAsInts();
            IntVector upper = bits.lanewise(VectorOperators.LSHR, 16);
            IntVector rounded = upper.and(1).add(0x7fff).add(bits).lanewise(VectorOperators.LSHR, 16);
            VectorMask<Integer> none = bits.and(MAGNITUDE).compare(VectorOperators.GT, INFINITE);
            ShortVector halves = (ShortVector) rounded.blend(QUIET, none).convertShape(VectorOperators.I2S, HALF, 0);
            halves.intoArray(to, at + i);
        }
        for (; i < count; i++) {
            to[at + i] = round(from[start + i]);
        }
    }

    /** One value. */
    static short round(float x) {
        int bits = Float.floatToRawIntBits(x);
        boolean none = (bits & MAGNITUDE) > INFINITE;
        return (short) (none ? QUIET : (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
    }
}
