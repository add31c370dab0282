package io.freshet.kernel.cpu.scalar;

/**
 * exp by range reduction and the minimax polynomial of degree five, relative error below 3e-7; the same operations in
 * the same order as the vector device's, so that only sums differ between the two. Ranges are bounded on the bits, as
 * integers: minimum and maximum of floats cost six instructions each in vectors.
 */
public final class Exponential {
    public static final float LOG2E = 1.44269504f;
    public static final float LN2 = 0.69314718f;
    /** Adding it rounds a small float to an integer that then stands in the low bits. */
    public static final float ROUNDER = 12582912f;

    /** Bits of 87: beyond it the result is no longer a normal float. */
    public static final int FAR = Float.floatToRawIntBits(87f);
    /** Bits of {@link #ROUNDER} and the smallest exponent. */
    public static final int LOWEST = Float.floatToRawIntBits(ROUNDER) - 126;
    /** Bits of {@link #ROUNDER} and the largest exponent. */
    public static final int HIGHEST = Float.floatToRawIntBits(ROUNDER) + 126;

    public static final float C5 = -8.2976194663E-3f;
    public static final float C4 = 4.1915629251E-2f;
    public static final float C3 = -1.6667576542E-1f;
    public static final float C2 = 4.9998892661E-1f;
    public static final float C1 = -9.9999969107E-1f;

    private Exponential() {}

    /** {@code e^-y} for {@code y} of 0 to infinity; what is below {@code e^-87} becomes that. */
    public static float decay(float y) {
        float near = Float.intBitsToFloat(Math.min(Float.floatToRawIntBits(y), FAR));
        float shifted = Math.fma(near, -LOG2E, ROUNDER);
        float p = polynomial(Math.fma(shifted - ROUNDER, LN2, near));
        return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(shifted) << 23));
    }

    private static float polynomial(float r) {
        float p = Math.fma(r, C5, C4);
        p = Math.fma(p, r, C3);
        p = Math.fma(p, r, C2);
        p = Math.fma(p, r, C1);
        return Math.fma(p, r, 1f);
    }

    /** {@code 1 + e^-x} for finite {@code x}, at most {@code 2^127}. */
    static float onePlus(float x) {
        float shifted = Math.fma(x, -LOG2E, ROUNDER);
        float p = polynomial(Math.fma(shifted - ROUNDER, LN2, x));
        int exponent = Math.max(LOWEST, Math.min(HIGHEST, Float.floatToRawIntBits(shifted)));
        return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (exponent << 23)) + 1f;
    }

    /** {@code 1 / (1 + e^-x)}. */
    static float sigmoid(float x) {
        return 1f / onePlus(x);
    }

    /** {@code x / (1 + e^-x)}. */
    static float silu(float x) {
        return x / onePlus(x);
    }

    /** Derivative of {@link #silu}: {@code s(x) (1 + x (1 - s(x)))}. */
    static float siluSlope(float x) {
        float s = sigmoid(x);
        return Math.fma(x * s, 1f - s, s);
    }
}
