package io.freshet.kernel.cpu;

/**
 * exp by range reduction and a polynomial of degree five (the classic Cephes coefficients), relative error about 1e-7;
 * the same operations in the same order as the vector device's, so that only sums differ between the two.
 */
final class Exponential {
    static final float LOG2E = 1.44269504f;
    static final float LN2_HIGH = 0.693359375f;
    static final float LN2_LOW = -2.12194440e-4f;
    /** Adding it rounds a small float to an integer that then stands in the low bits. */
    static final float ROUNDER = 12582912f;

    static final float C5 = 1.9875691500E-4f;
    static final float C4 = 1.3981999507E-3f;
    static final float C3 = 8.3334519073E-3f;
    static final float C2 = 4.1665795894E-2f;
    static final float C1 = 1.6666665459E-1f;
    static final float C0 = 5.0000001201E-1f;

    private Exponential() {}

    static float exp(float x) {
        float clamped = Math.min(88f, Math.max(-87f, x));
        float shifted = Math.fma(clamped, LOG2E, ROUNDER);
        float whole = shifted - ROUNDER;
        float r = Math.fma(whole, -LN2_LOW, Math.fma(whole, -LN2_HIGH, clamped));
        float p = Math.fma(r, C5, C4);
        p = Math.fma(p, r, C3);
        p = Math.fma(p, r, C2);
        p = Math.fma(p, r, C1);
        p = Math.fma(p, r, C0);
        p = Math.fma(p, r * r, r) + 1f;
        return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(shifted) << 23));
    }

    static float sigmoid(float x) {
        return 1f / (exp(-x) + 1f);
    }

    static float silu(float x) {
        return x * sigmoid(x);
    }

    /** Derivative: {@code s(x) (1 + x (1 - s(x)))}. */
    static float siluSlope(float x) {
        float s = sigmoid(x);
        return Math.fma(x * s, 1f - s, s);
    }
}
