package io.freshet.kernel.cpu.scalar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.ScreenedTopK;
import io.freshet.kernel.SparseTerms;
import io.freshet.kernel.TopItems;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.host.HostQuantizedRows;
import io.freshet.kernel.cpu.host.QuantizedQuery;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Screening by int8 gives what scoring everything gives, on both devices, whatever the numbers. */
class ScreenedTopKTest {
    private static final float NONE = Float.NEGATIVE_INFINITY;

    private final List<Device> devices =
            List.of(CpuDevices.scalar().open(), CpuDevices.vector().open());
    private final SplittableRandom random = new SplittableRandom(11);

    private void exact(ScreenedCatalogue catalogue, int... ks) {
        for (Device device : devices) {
            for (int k : ks) {
                assertThat(catalogue.screened(k, device))
                        .as("%s, %d of %d items of %d", device.name(), k, catalogue.items, catalogue.d)
                        .isEqualTo(catalogue.all(k, device));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 13, 16, 50, 64, 100, 257})
    void allWidthsAndSizes(int d) {
        for (int items : new int[] {0, 1, 63, 64, 65, 511, 513, 1500}) {
            exact(new ScreenedCatalogue(items, d, random), 0, 1, 10, 100, 2000);
        }
    }

    @Test
    void termsAndExclusionsCount() {
        for (int trial = 0; trial < 50; trial++) {
            ScreenedCatalogue catalogue = new ScreenedCatalogue(900, 20, random);
            for (int n = 0; n < trial * 3; n++) {
                float[] values = new float[1 + random.nextInt(3)];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) ScreenedCatalogue.normal(random) * (trial % 2 == 0 ? 2 : 0.1f);
                }
                catalogue.terms.put(random.nextInt(900), values);
            }
            for (int n = 0; n < trial * 5; n++) {
                catalogue.excluded.add(random.nextInt(900));
            }
            exact(catalogue, 1, 10, 900);
        }
    }

    @Test
    void equalScoresGoToTheLowerItem() {
        ScreenedCatalogue catalogue = new ScreenedCatalogue(1300, 64, random);
        for (int n = 0; n < 900; n++) {
            catalogue.copyRow(random.nextInt(20), random.nextInt(1300));
        }
        // The best one once more, behind and before, and by a term that adds nothing.
        int best = Integer.parseInt(catalogue.all(1, devices.get(0)).get(0).split(":")[0]);
        catalogue.copyRow(best, 1299);
        catalogue.copyRow(best, 0);
        catalogue.terms.put(1299, new float[] {0f});
        exact(catalogue, 1, 2, 3, 10, 100, 1300);
    }

    @Test
    void oneRowForAll() {
        ScreenedCatalogue catalogue = new ScreenedCatalogue(700, 33, random);
        for (int v = 1; v < 700; v++) {
            catalogue.copyRow(0, v);
        }
        exact(catalogue, 1, 10, 699);
    }

    @Test
    void zeroRowsZeroQueriesAndBiasesAlone() {
        ScreenedCatalogue catalogue = new ScreenedCatalogue(800, 24, random);
        for (int v = 0; v < 800; v += 3) {
            Arrays.fill(catalogue.rows, v * 24, v * 24 + 24, v % 2 == 0 ? 0f : -0f);
            catalogue.rescale(v);
            catalogue.bias[v] = v % 5 == 0 ? 0f : -0f;
        }
        exact(catalogue, 1, 10, 800);
        Arrays.fill(catalogue.y, 0f);
        exact(catalogue, 1, 10, 800);
    }

    @Test
    void biasesOfAllSizesAndNone() {
        float[] odd = {NONE, NONE, Float.POSITIVE_INFINITY, Float.NaN, 1e30f, -1e30f, 3e38f, -3e38f, 1e-40f, -12f, 1e6f
        };
        ScreenedCatalogue catalogue = new ScreenedCatalogue(1100, 64, random);
        for (int v = 0; v < 1100; v += 2) {
            catalogue.bias[v] = odd[random.nextInt(odd.length)];
        }
        exact(catalogue, 1, 10, 100, 500, 1100);
        Arrays.fill(catalogue.bias, NONE);
        exact(catalogue, 1, 10);
    }

    @Test
    void numbersThatNoBoundHolds() {
        float[] odd = {Float.NaN, Float.POSITIVE_INFINITY, NONE, 3e38f, -3e38f, 1e25f, 1e-30f, 1e-44f, 1e11f, -1e9f, 0f
        };
        for (int trial = 0; trial < 60; trial++) {
            ScreenedCatalogue catalogue = new ScreenedCatalogue(600, 19, random);
            for (int n = 0; n < 60; n++) {
                int v = random.nextInt(600);
                float size = odd[random.nextInt(odd.length)];
                for (int i = 0; i < 19; i++) {
                    catalogue.rows[v * 19 + i] = random.nextInt(3) == 0 ? size : catalogue.rows[v * 19 + i] * size;
                }
                if (random.nextBoolean()) {
                    catalogue.rescale(v);
                } else {
                    catalogue.scale[v] = odd[random.nextInt(odd.length)];
                }
            }
            if (trial % 2 == 1) {
                float size = odd[trial / 2 % odd.length];
                for (int i = 0; i < 19; i++) {
                    catalogue.y[i] = i % 4 == trial / 2 % 4 ? size : catalogue.y[i];
                }
            }
            exact(catalogue, 1, 10, 600);
        }
    }

    /** The bound of every item is at least its score: the mark at the score itself must keep it. */
    @Test
    void noBoundIsBelowTheScore() {
        for (int trial = 0; trial < 40; trial++) {
            int d = 1 + random.nextInt(130);
            ScreenedCatalogue catalogue = new ScreenedCatalogue(192, d, random);
            for (int v = 0; v < 192; v += 2) {
                for (int i = 0; i < d; i++) {
                    // Nearly the query, or with one value that makes the others' integers coarse.
                    float near = catalogue.y[i] + (float) ScreenedCatalogue.normal(random) * 1e-3f;
                    catalogue.rows[v * d + i] = v % 4 == 0 ? near : i == 0 ? 50f : catalogue.rows[v * d + i];
                }
                catalogue.rescale(v);
            }
            for (Device device : devices) {
                ScalarKernels kernels = (ScalarKernels) device.openKernels();
                HostQuantizedRows rows = (HostQuantizedRows) catalogue.quantized(device);
                Floats out = device.floats(192);
                HostFloats y = new HostFloats(catalogue.y, 0, d);
                kernels.scores(catalogue.scoringTable(device), y, out);
                float[] scores = HostFloats.of(out).array;
                QuantizedQuery query = QuantizedQuery.of(catalogue.y, 0, d);
                HostFloats bias = new HostFloats(catalogue.bias, 0, 192);
                int[] found = new int[192];
                for (int v = 0; v < 192; v++) {
                    int count = kernels.reaching(query, rows, bias, 0, 192, scores[v], found);
                    assertThat(Arrays.binarySearch(found, 0, count, v))
                            .as("item %d with %s", v, scores[v])
                            .isNotNegative();
                }
            }
        }
    }

    @Test
    void vectorsReachWhatTheScalarDeviceDoes() {
        ScalarKernels scalar = (ScalarKernels) devices.get(0).openKernels();
        ScalarKernels vector = (ScalarKernels) devices.get(1).openKernels();
        for (int d : new int[] {1, 7, 16, 64, 200}) {
            ScreenedCatalogue catalogue = new ScreenedCatalogue(1000, d, random);
            catalogue.bias[7] = Float.NaN;
            catalogue.bias[8] = NONE;
            catalogue.rows[9 * d] = Float.NaN;
            HostQuantizedRows rows = (HostQuantizedRows) catalogue.quantized(devices.get(0));
            QuantizedQuery query = QuantizedQuery.of(catalogue.y, 0, d);
            HostFloats bias = new HostFloats(catalogue.bias, 0, 1000);
            for (int n = 0; n < 200; n++) {
                int from = n % 2 == 0 ? random.nextInt(10) * 64 : random.nextInt(900);
                int count = random.nextInt(1001 - from);
                float mark = n == 0 ? NONE : (float) ScreenedCatalogue.normal(random);
                int[] one = new int[count];
                int[] other = new int[count];
                int found = scalar.reaching(query, rows, bias, from, count, mark, one);
                assertThat(vector.reaching(query, rows, bias, from, count, mark, other))
                        .isEqualTo(found);
                assertThat(other).isEqualTo(one);
            }
        }
    }

    @Test
    void rowsPutInAnyOrderAreThoseOfARebuild() {
        ScreenedCatalogue catalogue = new ScreenedCatalogue(500, 30, random);
        HostQuantizedRows changing = new HostQuantizedRows(30);
        for (int n = 0; n < 2000; n++) {
            int v = random.nextInt(500);
            changing.put(v, catalogue.rows, random.nextInt(499) * 30, 3f);
        }
        for (int v = 499; v >= 0; v--) {
            changing.put(v, catalogue.rows, v * 30, catalogue.scale[v]);
        }
        HostQuantizedRows built = (HostQuantizedRows) catalogue.quantized(devices.get(0));
        assertThat(Arrays.copyOf(changing.values(), 7 * built.blockBytes()))
                .isEqualTo(Arrays.copyOf(built.values(), 7 * built.blockBytes()));
        for (int v = 0; v < 500; v++) {
            assertThat(changing.steps()[v]).isEqualTo(built.steps()[v]);
            assertThat(changing.errors()[v]).isEqualTo(built.errors()[v]);
            assertThat(changing.norms()[v]).isEqualTo(built.norms()[v]);
        }
        assertThat(built.bytes()).isBetween(500L * (32 + 12), 2L * 512 * (32 + 12));
    }

    @Test
    void noGroupLeavesSixteenBits() {
        for (int trial = 0; trial < 300; trial++) {
            int d = trial < 290 ? 1 + random.nextInt(90) : 4096 - trial % 5;
            float[] x = new float[d];
            for (int i = 0; i < d; i++) {
                x[i] = trial % 3 == 0 ? 1f : (float) ScreenedCatalogue.normal(random) * (i % 4 == 1 ? 9 : 1);
            }
            short[] query = QuantizedQuery.of(x, 0, d).integers();
            HostQuantizedRows rows = new HostQuantizedRows(d);
            rows.put(5, x, 0, 1f);
            int[] ofQuery = new int[4];
            int[] ofRow = new int[4];
            for (int i = 0; i < query.length; i++) {
                int value = rows.values()[i * HostQuantizedRows.BLOCK + 5];
                ofQuery[i % 4] += query[i] * query[i];
                ofRow[i % 4] += value * value;
            }
            for (int g = 0; g < 4; g++) {
                assertThat(ofQuery[g]).isLessThanOrEqualTo(Short.MAX_VALUE);
                assertThat(ofRow[g]).isLessThanOrEqualTo(Short.MAX_VALUE);
            }
        }
    }

    @Test
    void mostItemsAreLeftOut() {
        ScreenedCatalogue catalogue = new ScreenedCatalogue(20_000, 64, random);
        for (Device device : devices) {
            List<String> found = new ArrayList<>();
            int scored = catalogue.scored(10, device, found);
            assertThat(found).isEqualTo(catalogue.all(10, device));
            // The first items all are; of the rest, what had been among the best so far, and near misses.
            assertThat(scored).isBetween(64, 500);
        }
    }

    @Test
    void topItemsAreTheFirstOfASortedList() {
        for (int trial = 0; trial < 200; trial++) {
            int count = random.nextInt(60);
            TopItems best = new TopItems(trial % 20);
            List<int[]> offered = new ArrayList<>();
            for (int item : random.ints(0, 1000).distinct().limit(count).toArray()) {
                int score = random.nextInt(12);
                offered.add(new int[] {item, score});
                best.offer(item, score);
            }
            best.offer(1, NONE);
            best.offer(2, Float.NaN);
            offered.sort((a, b) -> a[1] != b[1] ? b[1] - a[1] : a[0] - b[0]);
            best.finish();
            assertThat(best.size()).isEqualTo(Math.min(count, trial % 20));
            for (int i = 0; i < best.size(); i++) {
                assertThat(best.item(i)).isEqualTo(offered.get(i)[0]);
                assertThat(best.score(i)).isEqualTo(offered.get(i)[1]);
            }
        }
    }

    @Test
    void rowsOfAnotherWidthAreRefused() {
        Device device = devices.get(0);
        ScreenedCatalogue catalogue = new ScreenedCatalogue(3, 8, random);
        SparseTerms none = new SparseTerms(device.ints(2), device.ints(0), device.floats(0));
        ScreenedTopK call = new ScreenedTopK(
                catalogue.scoringTable(device), device.quantizedRows(9), device.floats(8), none, item -> false);
        assertThatThrownBy(() -> device.openKernels().topK(call, new TopItems(1)))
                .hasMessageContaining("another width than 8");
    }
}
