package io.freshet.kernel.cpu.host;

import io.freshet.kernel.QuantizedRows;
import java.util.Arrays;

/**
 * Rows in int8 on the heap, in blocks of {@link #BLOCK} items: value {@code i} of a block's items stands together, so
 * that one vector has one value of many items and no sum goes over lanes.
 *
 * <p>A row {@code e} of scale {@code c} is kept as integers {@code e'} and a step {@code s}, {@code e ~ s e'}. Values
 * {@code i = g mod 4} make a group {@code g}, and the sum of squares of a group is at most {@link #MOST_SQUARES}, the
 * same as of a {@link QuantizedQuery}: so by Cauchy and Schwarz no group's product leaves 16 bits, and sums may wrap
 * around on the way.
 */
public final class HostQuantizedRows implements QuantizedRows {
    /** Items of a block. */
    public static final int BLOCK = 64;
    /** Groups that the values of a row are dealt to. */
    public static final int GROUPS = 4;

    /** Largest sum of squares of one group's integers. */
    static final int MOST_SQUARES = Short.MAX_VALUE;

    /** Norms, scales and their products up to which a row's bound is computed; beyond, it is infinite. */
    static final double BOUNDED = 1e10;

    private final int width;
    private final int padded;
    /** Integers {@code e'}, {@code [blocks, padded, BLOCK]}. */
    private byte[] values;
    /** See {@link #steps()}, {@code [blocks * BLOCK]}. */
    private float[] steps;
    /** See {@link #errors()}, {@code [blocks * BLOCK]}. */
    private float[] errors;
    /** See {@link #norms()}, {@code [blocks * BLOCK]}. */
    private float[] norms;

    /** No rows yet, of {@code width} values each. */
    public HostQuantizedRows(int width) {
        this.width = width;
        padded = padded(width);
        values = new byte[BLOCK * padded];
        steps = new float[BLOCK];
        errors = new float[BLOCK];
        norms = new float[BLOCK];
    }

    /** Values in a row with zeros behind it, a multiple of the groups. */
    static int padded(int width) {
        return (width + GROUPS - 1) / GROUPS * GROUPS;
    }

    /** Factor that makes integers of {@code x [width]}: as large as a group's limits, and one integer's, allow. */
    static double factor(float[] x, int from, int width, int mostInteger) {
        double largest = 0;
        double[] squares = new double[GROUPS];
        for (int i = 0; i < width; i++) {
            largest = Math.max(largest, Math.abs(x[from + i]));
            squares[i % GROUPS] += (double) x[from + i] * x[from + i];
        }
        double norm = Math.sqrt(Math.max(Math.max(squares[0], squares[1]), Math.max(squares[2], squares[3])));
        // Rounding adds at most half to every integer, and so half a root of their number to a group's norm.
        double room = Math.sqrt(MOST_SQUARES) - 0.5 * Math.sqrt(padded(width) / (double) GROUPS) - 1e-3;
        return largest == 0 ? 0 : Math.min(mostInteger / largest, room / norm);
    }

    @Override
    public int width() {
        return width;
    }

    /** Distance between the blocks' beginnings, bytes. */
    public int blockBytes() {
        return BLOCK * padded;
    }

    /** Integers {@code e'} of every item, {@code [blocks, padded, BLOCK]}. */
    public byte[] values() {
        return values;
    }

    /** {@code s c} of every item, {@code [blocks * BLOCK]}: what a product of integers counts. */
    public float[] steps() {
        return steps;
    }

    /** {@code |c| |e - s e'|} of every item, {@code [blocks * BLOCK]}, rounded up; infinite where it is not known. */
    public float[] errors() {
        return errors;
    }

    /** {@code |c| |s e'|} of every item, {@code [blocks * BLOCK]}, rounded up. */
    public float[] norms() {
        return norms;
    }

    @Override
    public void put(int at, float[] source, int offset, float scale) {
        grow(at + 1);
        double squares = 0;
        for (int i = offset; i < offset + width; i++) {
            squares += (double) source[i] * source[i];
        }
        double norm = Math.sqrt(squares);
        boolean bounded = norm <= BOUNDED && Math.abs(scale) <= BOUNDED && norm * Math.abs(scale) <= BOUNDED;
        double factor = bounded ? factor(source, offset, width, Byte.MAX_VALUE) : 0;
        float step = factor == 0 ? 0 : (float) (1 / factor);
        int to = at / BLOCK * blockBytes() + at % BLOCK;
        double error = 0;
        double kept = 0;
        for (int i = 0; i < width; i++) {
            double integer = bounded ? Math.rint(source[offset + i] * factor) : 0;
            values[to + i * BLOCK] = (byte) integer;
            double difference = source[offset + i] - step * integer;
            error += difference * difference;
            kept += step * integer * (step * integer);
        }
        steps[at] = bounded ? (float) ((double) step * scale) : 0;
        errors[at] = bounded ? up(Math.sqrt(error) * Math.abs(scale)) : Float.POSITIVE_INFINITY;
        norms[at] = bounded ? up(Math.sqrt(kept) * Math.abs(scale)) : 0;
    }

    /** The next float32 above, which the last bits of a float64 sum cannot bring below the true value. */
    static float up(double x) {
        return x == 0 ? 0 : Math.nextUp((float) x);
    }

    @Override
    public long bytes() {
        return values.length + 4L * (steps.length + errors.length + norms.length);
    }

    private void grow(int count) {
        if (count <= steps.length) {
            return;
        }
        int blocks = Math.max((count + BLOCK - 1) / BLOCK, 2 * steps.length / BLOCK);
        values = Arrays.copyOf(values, Math.multiplyExact(blocks, blockBytes()));
        steps = Arrays.copyOf(steps, blocks * BLOCK);
        errors = Arrays.copyOf(errors, blocks * BLOCK);
        norms = Arrays.copyOf(norms, blocks * BLOCK);
    }
}
