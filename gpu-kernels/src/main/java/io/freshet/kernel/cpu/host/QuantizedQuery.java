package io.freshet.kernel.cpu.host;

/**
 * A query in integers, with the constants of the bounds on scores.
 *
 * <p>With a query {@code y ~ t y'} and an item as {@link HostQuantizedRows} has it, {@code |<y, e> - s t <y', e'>| <=
 * |y| |e - s e'| + |y - t y'| |s e'|} (Cauchy and Schwarz). Besides it there is what float32 rounds: in the score that
 * is asked for, at most {@code D + 2} units of {@code 2^-24} of {@code |y| |e|}, and a few in computing the bound;
 * {@code 4 (D + 16)} such units of {@code (|y| + |y - t y'|) (|e - s e'| + |s e'|)} are added for both.
 *
 * @param integers {@code y'}, {@code [padded]}: with zeros up to {@link HostQuantizedRows#padded}
 * @param step {@code t}
 * @param onError factor on an item's error
 * @param onNorm factor on an item's norm
 * @param bounded false if bounds cannot be computed: then every item has to be scored
 */
public record QuantizedQuery(short[] integers, float step, float onError, float onNorm, boolean bounded) {
    /** Share of a bias by which the sums with it may be rounded, with room. */
    public static final float BIAS_ROUNDING = 0x1p-20f;

    /** Covers products too small for float32, within the limits of {@link HostQuantizedRows#BOUNDED}. */
    public static final float UNDERFLOW = 1e-25f;

    /** Makes integers of {@code y [d]}. */
    public static QuantizedQuery of(float[] y, int from, int d) {
        short[] integers = new short[HostQuantizedRows.padded(d)];
        double squares = 0;
        for (int i = 0; i < d; i++) {
            squares += (double) y[from + i] * y[from + i];
        }
        double norm = Math.sqrt(squares);
        if (!(norm <= HostQuantizedRows.BOUNDED)) {
            return new QuantizedQuery(integers, 0, 0, 0, false);
        }
        double factor = HostQuantizedRows.factor(y, from, d, Short.MAX_VALUE);
        float step = factor == 0 ? 0 : (float) (1 / factor);
        double error = 0;
        for (int i = 0; i < d; i++) {
            integers[i] = (short) Math.rint(y[from + i] * factor);
            double difference = y[from + i] - (double) step * integers[i];
            error += difference * difference;
        }
        double lost = Math.sqrt(error);
        double rounding = (d + 16) * 0x1p-22 * (norm + lost);
        return new QuantizedQuery(integers, step, factorOf(norm + rounding), factorOf(lost + rounding), true);
    }

    /** Rounded up; never 0, so that an infinite error stays one. */
    private static float factorOf(double x) {
        return HostQuantizedRows.up(x * (1 + 0x1p-18) + UNDERFLOW);
    }

    /** Most that an item can score, given the product of integers. */
    public float bound(int product, float itemStep, float error, float norm, float bias) {
        float score = Math.fma((float) product, itemStep * step, bias);
        float slack = Math.fma(Math.min(Math.abs(bias), Float.MAX_VALUE), BIAS_ROUNDING, UNDERFLOW);
        return score + Math.fma(error, onError, Math.fma(norm, onNorm, slack));
    }
}
