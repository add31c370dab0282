package io.freshet.kernel.cpu.vector;

import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.host.HostQuantizedRows;
import io.freshet.kernel.cpu.host.QuantizedQuery;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Bounds of many items at once: a lane is an item, and the products of a group are summed in 16 bits. */
final class VectorScreen {
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
    private static final int S = SHORTS.length();

    /** Whether bytes of half a vector exist, and two vectors of items fit in a block. */
    static final boolean POSSIBLE = S >= 8 && 2 * S <= HostQuantizedRows.BLOCK;

    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * S)));
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int L = FLOATS.length();
    private static final int B = HostQuantizedRows.BLOCK;

    /** Items of one step. */
    static final int STEP = 2 * S;

    /** Products of integers, one an item, {@code [count]}. */
    private int[] products = new int[8 * STEP];
    /** Bounds of one vector of items, {@code [L]}. */
    private final float[] bounds = new float[L];

    /**
     * As {@link VectorKernels#reaching}, for a count and a beginning that are multiples of {@link #STEP}: {@code rows
     * [V, D]}, {@code bias [V]}, {@code found [count]}.
     */
    int reaching(
            QuantizedQuery query,
            HostQuantizedRows rows,
            HostFloats bias,
            int from,
            int count,
            float mark,
            int[] found) {
        if (products.length < count) {
            products = new int[count];
        }
        // Two loops in two methods: as one they are more than C2 inlines on JDK 17, and then ten times slower.
        products(query.integers(), rows, from, count);
        return compare(query, rows, bias, from, count, mark, found);
    }

    /** Products of integers {@code y [padded]} with {@code count} items, into {@link #products}. */
    private void products(short[] y, HostQuantizedRows rows, int from, int count) {
        byte[] values = rows.values();
        for (int done = 0; done < count; done += STEP) {
            int v = from + done;
            int at = v / B * rows.blockBytes() + v % B;
            ShortVector a0 = ShortVector.zero(SHORTS);
            ShortVector a1 = a0;
            ShortVector a2 = a0;
            ShortVector a3 = a0;
            ShortVector b0 = a0;
            ShortVector b1 = a0;
            ShortVector b2 = a0;
            ShortVector b3 = a0;
            for (int i = 0; i < y.length; i += HostQuantizedRows.GROUPS) {
                int column = at + i * B;
                ShortVector y0 = ShortVector.broadcast(SHORTS, y[i]);
                a0 = a0.add(shorts(values, column).mul(y0));
                b0 = b0.add(shorts(values, column + S).mul(y0));
                ShortVector y1 = ShortVector.broadcast(SHORTS, y[i + 1]);
                a1 = a1.add(shorts(values, column + B).mul(y1));
                b1 = b1.add(shorts(values, column + B + S).mul(y1));
                ShortVector y2 = ShortVector.broadcast(SHORTS, y[i + 2]);
                a2 = a2.add(shorts(values, column + 2 * B).mul(y2));
                b2 = b2.add(shorts(values, column + 2 * B + S).mul(y2));
                ShortVector y3 = ShortVector.broadcast(SHORTS, y[i + 3]);
                a3 = a3.add(shorts(values, column + 3 * B).mul(y3));
                b3 = b3.add(shorts(values, column + 3 * B + S).mul(y3));
            }
            half(a0, 0).add(half(a1, 0)).add(half(a2, 0)).add(half(a3, 0)).intoArray(products, done);
            half(a0, 1).add(half(a1, 1)).add(half(a2, 1)).add(half(a3, 1)).intoArray(products, done + L);
            half(b0, 0).add(half(b1, 0)).add(half(b2, 0)).add(half(b3, 0)).intoArray(products, done + 2 * L);
            half(b0, 1).add(half(b1, 1)).add(half(b2, 1)).add(half(b3, 1)).intoArray(products, done + 3 * L);
        }
    }

    private static ShortVector shorts(byte[] values, int at) {
        return (ShortVector) ByteVector.fromArray(BYTES, values, at).convertShape(VectorOperators.B2S, SHORTS, 0);
    }

    private static IntVector half(ShortVector sums, int part) {
        return (IntVector) sums.convertShape(VectorOperators.S2I, INTS, part);
    }

    /** {@link QuantizedQuery#bound} of every item, against the mark. */
    private int compare(
            QuantizedQuery query,
            HostQuantizedRows rows,
            HostFloats bias,
            int from,
            int count,
            float mark,
            int[] found) {
        FloatVector step = FloatVector.broadcast(FLOATS, query.step());
        FloatVector onNorm = FloatVector.broadcast(FLOATS, query.onNorm());
        FloatVector onError = FloatVector.broadcast(FLOATS, query.onError());
        FloatVector rounding = FloatVector.broadcast(FLOATS, QuantizedQuery.BIAS_ROUNDING);
        FloatVector underflow = FloatVector.broadcast(FLOATS, QuantizedQuery.UNDERFLOW);
        FloatVector most = FloatVector.broadcast(FLOATS, Float.MAX_VALUE);
        FloatVector marks = FloatVector.broadcast(FLOATS, mark);
        int reached = 0;
        for (int done = 0; done < count; done += L) {
            int v = from + done;
            FloatVector add = FloatVector.fromArray(FLOATS, bias.array, bias.start + v);
            FloatVector slack = add.abs().min(most).fma(rounding, underflow);
            slack = FloatVector.fromArray(FLOATS, rows.norms(), v).fma(onNorm, slack);
            slack = FloatVector.fromArray(FLOATS, rows.errors(), v).fma(onError, slack);
            FloatVector product = (FloatVector)
                    IntVector.fromArray(INTS, products, done).convertShape(VectorOperators.I2F, FLOATS, 0);
            FloatVector factor = FloatVector.fromArray(FLOATS, rows.steps(), v).mul(step);
            FloatVector bound = product.fma(factor, add).add(slack);
            // Not "any at least": a bound that is not a number must be looked at. Masks as longs are slow on JDK 17.
            if (!bound.compare(VectorOperators.LT, marks).allTrue()) {
                bound.intoArray(bounds, 0);
                reached = collect(v, mark, found, reached);
            }
        }
        return reached;
    }

    private int collect(int v, float mark, int[] found, int reached) {
        int count = reached;
        for (int lane = 0; lane < L; lane++) {
            if (!(bounds[lane] < mark)) {
                found[count++] = v + lane;
            }
        }
        return count;
    }
}
