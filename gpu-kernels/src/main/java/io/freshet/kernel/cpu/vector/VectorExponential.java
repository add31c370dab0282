package io.freshet.kernel.cpu.vector;

import io.freshet.kernel.cpu.scalar.Exponential;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** {@link Exponential} on vectors, and sums of lanes in a fixed order. */
final class VectorExponential {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    private VectorExponential() {}

    private static FloatVector of(float x) {
        return FloatVector.broadcast(S, x);
    }

    /** {@code e^-y} for {@code y} of 0 to infinity. */
    static FloatVector decay(FloatVector y) {
        FloatVector near = y.reinterpretAsInts()
                .lanewise(VectorOperators.MIN, Exponential.FAR)
                .reinterpretAsFloats();
        FloatVector shifted = near.fma(of(-Exponential.LOG2E), of(Exponential.ROUNDER));
        FloatVector p = polynomial(shifted.sub(Exponential.ROUNDER).fma(of(Exponential.LN2), near));
        return power(p, shifted.reinterpretAsInts());
    }

    private static FloatVector polynomial(FloatVector r) {
        FloatVector p = r.fma(of(Exponential.C5), of(Exponential.C4));
        p = p.fma(r, of(Exponential.C3));
        p = p.fma(r, of(Exponential.C2));
        p = p.fma(r, of(Exponential.C1));
        return p.fma(r, of(1f));
    }

    /** {@code p * 2^exponent}. */
    private static FloatVector power(FloatVector p, IntVector exponent) {
        return p.reinterpretAsInts()
                .add(exponent.lanewise(VectorOperators.LSHL, 23))
                .reinterpretAsFloats();
    }

    /** {@code 1 + e^-x} for finite {@code x}. */
    static FloatVector onePlus(FloatVector x) {
        FloatVector shifted = x.fma(of(-Exponential.LOG2E), of(Exponential.ROUNDER));
        FloatVector p = polynomial(shifted.sub(Exponential.ROUNDER).fma(of(Exponential.LN2), x));
        IntVector exponent = shifted.reinterpretAsInts()
                .lanewise(VectorOperators.MIN, Exponential.HIGHEST)
                .lanewise(VectorOperators.MAX, Exponential.LOWEST);
        return power(p, exponent).add(1f);
    }

    /** {@code 1 / (1 + e^-x)}. */
    static FloatVector sigmoid(FloatVector x) {
        return of(1f).div(onePlus(x));
    }

    /** {@code x / (1 + e^-x)}. */
    static FloatVector silu(FloatVector x) {
        return x.div(onePlus(x));
    }

    private static final VectorShuffle<Float> FAR = exchange(Math.min(8, L / 2));
    private static final VectorShuffle<Float> WIDE = exchange(Math.min(4, L / 2));
    private static final VectorShuffle<Float> NEAR = exchange(Math.min(2, L / 2));
    private static final VectorShuffle<Float> NEXT = exchange(1);

    private static final VectorShuffle<Float> HALF = exchange(L / 2);

    /** Exchanges lanes that are a power of two apart. */
    static VectorShuffle<Float> exchange(int distance) {
        int[] lanes = new int[L];
        for (int l = 0; l < L; l++) {
            lanes[l] = (l ^ distance) % L;
        }
        return VectorShuffle.fromArray(S, lanes, 0);
    }

    /** Sum of a vector's lanes, in every lane: halves are added, then quarters, and so on. */
    static FloatVector total(FloatVector v) {
        FloatVector sum = L >= 16 ? v.add(v.rearrange(FAR)) : v;
        sum = L >= 8 ? sum.add(sum.rearrange(WIDE)) : sum;
        sum = L >= 4 ? sum.add(sum.rearrange(NEAR)) : sum;
        return L >= 2 ? sum.add(sum.rearrange(NEXT)) : sum;
    }

    /** Sum of {@code lanes [L]} in the order of {@link #total(FloatVector)}, where the JIT likes no more vectors. */
    static float total(float[] lanes) {
        for (int half = L / 2; half > 0; half /= 2) {
            for (int l = 0; l < half; l++) {
                lanes[l] += lanes[l + half];
            }
        }
        return lanes[0];
    }

    private static final VectorMask<Float> UPPER = VectorMask.fromLong(S, -1L << (L / 2));

    /** Sums of two vectors' lanes, the first's in the lower lanes, the other's in the upper half. */
    static FloatVector totals(FloatVector v, FloatVector w) {
        FloatVector half = v.add(v.rearrange(HALF)).blend(w.add(w.rearrange(HALF)), UPPER);
        FloatVector sum = L >= 16 ? half.add(half.rearrange(WIDE)) : half;
        sum = L >= 8 ? sum.add(sum.rearrange(NEAR)) : sum;
        return L >= 4 ? sum.add(sum.rearrange(NEXT)) : sum;
    }
}
