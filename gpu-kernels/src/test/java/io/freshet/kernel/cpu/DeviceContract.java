package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.fail;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.SparseTerms;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;

/**
 * What every device must compute. Blocks stand between guards that are not numbers: an operator that reads beside its
 * block spoils its result, and one that writes there is found when the test ends.
 */
abstract class DeviceContract {
    private static final int GUARD_BITS = 0x7fc0beef;
    private static final int BEFORE = 5;
    private static final int AFTER = 19;

    final TestedDevice tested;
    final Device device;
    final Kernels kernels;
    final SplittableRandom random = new SplittableRandom(42);
    private final List<Floats> guarded = new ArrayList<>();

    DeviceContract(TestedDevice tested) {
        this.tested = tested;
        device = tested.open();
        kernels = device.openKernels();
    }

    @AfterEach
    final void guardsStandAndTheDeviceCloses() {
        for (Floats whole : guarded) {
            float[] x = host(whole);
            for (int i = 0; i < x.length; i++) {
                boolean guard = i < BEFORE || i >= x.length - AFTER;
                if (guard && Float.floatToRawIntBits(x[i]) != GUARD_BITS) {
                    fail("value %d beside a block of %d was written", i - BEFORE, x.length - BEFORE - AFTER);
                }
            }
        }
        device.close();
    }

    /** Few values say little about an error: small sizes are tried more often. */
    static int trials(int size) {
        return size == 0 ? 1 : Math.max(1, Math.min(60, 3000 / size));
    }

    final float[] values(int count) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = tested.value(random.nextDouble() * 2 - 1);
        }
        return x;
    }

    /** Small whole numbers: their sums and products are exact in any order. */
    final float[] wholes(int count, int most) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = random.nextInt(-most, most + 1);
        }
        return x;
    }

    /** A block with these values, between guards. */
    final Floats on(float... x) {
        int length = BEFORE + x.length + AFTER;
        Floats whole = device.floats(length);
        float[] guard = new float[length];
        Arrays.fill(guard, Float.intBitsToFloat(GUARD_BITS));
        whole.upload(guard, 0, 0, length);
        guarded.add(whole);
        Floats block = whole.slice(BEFORE, x.length);
        block.upload(x, 0, 0, x.length);
        return block;
    }

    final Ints on(int... x) {
        Ints block = device.ints(x.length);
        block.upload(x, 0, 0, x.length);
        return block;
    }

    /** A block that an operator must overwrite: nothing in it is a number. */
    final Floats overwritten(int count) {
        float[] x = new float[count];
        Arrays.fill(x, Float.NaN);
        return on(x);
    }

    static float[] host(Floats block) {
        float[] x = new float[block.length()];
        block.download(0, x, 0, x.length);
        return x;
    }

    static int[] host(Ints block) {
        int[] x = new int[block.length()];
        block.download(0, x, 0, x.length);
        return x;
    }

    /** No terms for a number of rows. */
    final SparseTerms noTerms(int rows) {
        return new SparseTerms(device.ints(rows + 1), device.ints(0), device.floats(0));
    }

    static double[] wide(float[] x) {
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i];
        }
        return y;
    }
}
