package io.freshet.kernel.cpu.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.host.HostQuantizedRows;
import io.freshet.kernel.cpu.host.QuantizedQuery;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Screening never loses an item of the best, whatever the rows are made to do to its bounds. */
class ScreeningPropertyTest {
    private static final int TRIALS = 12;

    private final List<Device> devices =
            List.of(CpuDevices.scalar().open(), CpuDevices.vector().open());

    /** What makes a row hard to bound, or a score hard to tell from others. */
    enum Rows {
        /** Every row is the query, moved by a few units in the last place: all scores are nearly equal. */
        NEARLY_EQUAL {
            @Override
            void fill(ScreenedCatalogue c, int v, SplittableRandom random) {
                for (int i = 0; i < c.d; i++) {
                    c.rows[v * c.d + i] = c.y[i] + Math.ulp(c.y[i]) * random.nextInt(-3, 4);
                }
            }
        },
        /** One value so large that the integers of all others are nothing. */
        SPIKES {
            @Override
            void fill(ScreenedCatalogue c, int v, SplittableRandom random) {
                c.rows[v * c.d + random.nextInt(c.d)] = random.nextBoolean() ? 300f : -300f;
            }
        },
        /** Values half way between two integers of the row's step: the largest error that rounding has. */
        HALF_STEPS {
            @Override
            void fill(ScreenedCatalogue c, int v, SplittableRandom random) {
                for (int i = 1; i < c.d; i++) {
                    c.rows[v * c.d + i] = (random.nextInt(-20, 21) + 0.5f) / 64;
                }
                c.rows[v * c.d] = 1f;
            }
        },
        /** Signs of the query or against them, alternately: products cancel. */
        CANCELLING {
            @Override
            void fill(ScreenedCatalogue c, int v, SplittableRandom random) {
                for (int i = 0; i < c.d; i++) {
                    c.rows[v * c.d + i] = (i + v) % 2 == 0 ? c.y[i] : -c.y[i] * (1 + random.nextInt(3) * 1e-6f);
                }
            }
        },
        /** Rows from a handful, so that most scores are ties and the index decides. */
        FEW {
            @Override
            void fill(ScreenedCatalogue c, int v, SplittableRandom random) {
                if (v > 4) {
                    c.copyRow(random.nextInt(5), v);
                }
            }

            @Override
            boolean rescaled() {
                return false;
            }
        },
        /** Numbers so small that their squares, or they themselves, are hardly numbers. */
        TINY {
            @Override
            void fill(ScreenedCatalogue c, int v, SplittableRandom random) {
                float size = v % 3 == 0 ? 1e-20f : v % 3 == 1 ? 1e-38f : Float.MIN_VALUE;
                for (int i = 0; i < c.d; i++) {
                    c.rows[v * c.d + i] = size * random.nextInt(-9, 10);
                }
            }
        },
        /** One in ten rows has a value that is no number: never among the best, and nobody's neighbour suffers. */
        NO_NUMBERS {
            @Override
            void fill(ScreenedCatalogue c, int v, SplittableRandom random) {
                if (random.nextInt(10) == 0) {
                    c.rows[v * c.d + random.nextInt(c.d)] = Float.NaN;
                }
            }
        };

        abstract void fill(ScreenedCatalogue c, int v, SplittableRandom random);

        /** Whether scales follow the rows' new lengths. */
        boolean rescaled() {
            return true;
        }

        ScreenedCatalogue catalogue(SplittableRandom random) {
            int d = 1 + random.nextInt(90);
            ScreenedCatalogue c = new ScreenedCatalogue(1 + random.nextInt(900), d, random);
            for (int v = 0; v < c.items; v++) {
                fill(c, v, random);
                if (rescaled()) {
                    c.rescale(v);
                }
                c.bias[v] = random.nextInt(4) == 0 ? c.bias[v] : 0f;
            }
            return c;
        }
    }

    @ParameterizedTest
    @EnumSource(Rows.class)
    void noItemOfTheBestIsLost(Rows rows) {
        SplittableRandom random = new SplittableRandom(17);
        for (int trial = 0; trial < TRIALS; trial++) {
            ScreenedCatalogue c = rows.catalogue(random);
            for (int n = random.nextInt(20); n > 0; n--) {
                c.terms.put(random.nextInt(c.items), new float[] {random.nextInt(3) * 1e-6f});
                c.excluded.add(random.nextInt(c.items));
            }
            for (Device device : devices) {
                for (int k : new int[] {1, 10, c.items}) {
                    assertThat(c.screened(k, device))
                            .as("%s, trial %d: %d of %d items of %d", device.name(), trial, k, c.items, c.d)
                            .isEqualTo(c.all(k, device));
                }
            }
        }
    }

    /** An item is never bound below a score that it has: asked for with its own score as the mark, it is found. */
    @ParameterizedTest
    @EnumSource(Rows.class)
    void noBoundIsBelowTheScoreItBounds(Rows rows) {
        SplittableRandom random = new SplittableRandom(23);
        for (int trial = 0; trial < TRIALS; trial++) {
            ScreenedCatalogue c = rows.catalogue(random);
            for (Device device : devices) {
                ScalarKernels kernels = (ScalarKernels) device.openKernels();
                HostFloats scores = new HostFloats(new float[c.items], 0, c.items);
                kernels.scores(c.scoringTable(device), new HostFloats(c.y, 0, c.d), scores);
                HostQuantizedRows quantized = (HostQuantizedRows) c.quantized(device);
                QuantizedQuery query = QuantizedQuery.of(c.y, 0, c.d);
                HostFloats bias = new HostFloats(c.bias, 0, c.items);
                int[] found = new int[c.items];
                for (int v = 0; v < c.items; v += 1 + c.items / 100) {
                    if (Float.isNaN(scores.array[v])) {
                        continue;
                    }
                    int count = kernels.reaching(query, quantized, bias, 0, c.items, scores.array[v], found);
                    assertThat(Arrays.binarySearch(found, 0, count, v))
                            .as("%s, trial %d: item %d with %s", device.name(), trial, v, scores.array[v])
                            .isNotNegative();
                }
            }
        }
    }

    /** The truth in float64, where scores are far enough apart for float32 to have the same order. */
    @Test
    void theBestAreThoseOfFloat64() {
        SplittableRandom random = new SplittableRandom(29);
        for (int trial = 0; trial < TRIALS; trial++) {
            ScreenedCatalogue c = new ScreenedCatalogue(300, 40, random);
            double[] truth = new double[c.items];
            for (int v = 0; v < c.items; v++) {
                for (int i = 0; i < c.d; i++) {
                    truth[v] += (double) c.rows[v * c.d + i] * c.y[i] * c.scale[v];
                }
                truth[v] += c.bias[v];
            }
            double[] sorted = truth.clone();
            Arrays.sort(sorted);
            double tenth = sorted[c.items - 10];
            for (Device device : devices) {
                List<String> best = c.screened(10, device);
                assertThat(best).hasSize(10);
                for (String item : best) {
                    int v = Integer.parseInt(item.split(":")[0]);
                    assertThat(truth[v])
                            .as("%s, trial %d: item %d", device.name(), trial, v)
                            .isGreaterThan(tenth - 1e-5);
                }
            }
        }
    }
}
