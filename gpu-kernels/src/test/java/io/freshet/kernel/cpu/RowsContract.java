package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gathers and scatters of rows, with indices in any order, as often as they like. */
abstract class RowsContract extends DeviceContract {
    private static final int[] WIDTHS = {1, 13, 32, 33};

    RowsContract(TestedDevice tested) {
        super(tested);
    }

    /** Unsorted, repeated, one in nine negative. */
    private int[] indices(int count, int rows) {
        return IntStream.range(0, count)
                .map(t -> random.nextInt(9) == 0 ? -1 - random.nextInt(3) : random.nextInt(rows))
                .toArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 31, 32, 33, 207, 1021})
    void gatherTakesRowsInAnyOrderAndNothingForNegativeIndices(int count) {
        for (int width : WIDTHS) {
            float[] table = wholes(40 * width, 1000);
            int[] indices = indices(count, 40);
            float[] before = wholes(count * width, 1000);
            float[] fresh = new float[count * width];
            float[] added = before.clone();
            for (int t = 0; t < count; t++) {
                for (int i = 0; i < width && indices[t] >= 0; i++) {
                    fresh[t * width + i] = 2 * table[indices[t] * width + i];
                    added[t * width + i] += 2 * table[indices[t] * width + i];
                }
            }
            Floats out = overwritten(count * width);
            kernels.gather(new Kernels.GatherShape(count, width, 2f, false), on(table), on(indices), out);
            assertThat(host(out)).isEqualTo(fresh);
            Floats sum = on(before);
            kernels.gather(new Kernels.GatherShape(count, width, 2f, true), on(table), on(indices), sum);
            assertThat(host(sum)).isEqualTo(added);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13, 31, 32, 33, 207, 1021})
    void scatterAddsEveryOccurrenceOfARow(int count) {
        for (int width : WIDTHS) {
            float[] grad = wholes(count * width, 1000);
            int[] indices = indices(count, 7);
            float[] table = wholes(7 * width, 1000);
            float[] expected = table.clone();
            for (int t = 0; t < count; t++) {
                for (int i = 0; i < width && indices[t] >= 0; i++) {
                    expected[indices[t] * width + i] += 0.5f * grad[t * width + i];
                }
            }
            Floats to = on(table);
            Floats from = on(grad);
            kernels.scatterAdd(new Kernels.GatherShape(count, width, 0.5f, true), from, on(indices), to);
            assertThat(host(to)).isEqualTo(expected);
            assertThat(host(from)).as("gradients are read only").isEqualTo(grad);
        }
    }

    /** Sums of numbers that do not commute: the bits say in which order they were added. */
    @Test
    void scatterAddsInOrderOfItsIndices() {
        float[] grad = new float[33 * 13];
        for (int i = 0; i < grad.length; i++) {
            grad[i] = (float) Math.scalb(random.nextDouble() - 0.5, random.nextInt(40));
        }
        int[] indices = indices(33, 3);
        float[] expected = new float[3 * 13];
        for (int t = 0; t < 33; t++) {
            for (int i = 0; i < 13 && indices[t] >= 0; i++) {
                expected[indices[t] * 13 + i] += grad[t * 13 + i];
            }
        }
        Floats table = on(new float[3 * 13]);
        kernels.scatterAdd(new Kernels.GatherShape(33, 13, 1f, true), on(grad), on(indices), table);
        assertThat(host(table)).isEqualTo(expected);
    }

    /** Order of t is all there is to the order: two calls for the halves are the call for both. */
    @Test
    void aScatterCutAnywhereGivesTheSameBits() {
        float[] grad = values(207 * 32);
        int[] indices = indices(207, 11);
        float[] table = values(11 * 32);
        Floats whole = on(table);
        kernels.scatterAdd(new Kernels.GatherShape(207, 32, 0.3f, true), on(grad), on(indices), whole);
        for (int cut : new int[] {0, 1, 31, 100, 206, 207}) {
            Floats parts = on(table);
            kernels.scatterAdd(
                    new Kernels.GatherShape(cut, 32, 0.3f, true),
                    on(Arrays.copyOf(grad, cut * 32)),
                    on(Arrays.copyOf(indices, cut)),
                    parts);
            kernels.scatterAdd(
                    new Kernels.GatherShape(207 - cut, 32, 0.3f, true),
                    on(Arrays.copyOfRange(grad, cut * 32, grad.length)),
                    on(Arrays.copyOfRange(indices, cut, 207)),
                    parts);
            assertThat(host(parts)).as("cut at %d", cut).isEqualTo(host(whole));
        }
    }

    /** {@code <gather(table), g> = <table, scatter(g)>}: one is the other's backward. */
    @Test
    void scatterIsTheTransposeOfGather() {
        float[] table = wholes(17 * 13, 50);
        float[] g = wholes(60 * 13, 50);
        int[] indices = indices(60, 17);
        Floats gathered = overwritten(60 * 13);
        kernels.gather(new Kernels.GatherShape(60, 13, 4f, false), on(table), on(indices), gathered);
        Floats scattered = on(new float[17 * 13]);
        kernels.scatterAdd(new Kernels.GatherShape(60, 13, 4f, true), on(g), on(indices), scattered);
        assertThat(kernels.dot(60 * 13, gathered, on(g))).isEqualTo(kernels.dot(17 * 13, on(table), scattered));
    }
}
