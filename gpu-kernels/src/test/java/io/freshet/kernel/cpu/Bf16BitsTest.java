package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.LinearWeights;
import io.freshet.kernel.PeerKernels;
import io.freshet.kernel.SoftmaxPartial;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.SparseTerms;
import io.freshet.kernel.cpu.bf16.Bf16Numbers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the bits of bf16 products depend on, and how far they are from float32's. */
class Bf16BitsTest {
    private final SplittableRandom random = new SplittableRandom(5);
    private Device device;

    @BeforeEach
    void open() {
        DeviceDemand.ofThisRun().require(DeviceDemand.BF16, CpuDevices.bf16().unusable());
        device = CpuDevices.bf16().open();
    }

    @AfterEach
    void close() {
        if (device != null) {
            device.close();
        }
    }

    private static Floats on(Device device, float... x) {
        Floats block = device.floats(x.length);
        block.upload(x, 0, 0, x.length);
        return block;
    }

    private static Ints on(Device device, int... x) {
        Ints block = device.ints(x.length);
        block.upload(x, 0, 0, x.length);
        return block;
    }

    private static float[] host(Floats block) {
        float[] x = new float[block.length()];
        block.download(0, x, 0, x.length);
        return x;
    }

    private float[] values(int count) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) (random.nextDouble() * 2 - 1);
        }
        return x;
    }

    @Test
    void theIdentityNamesPrecisionInstructionsAndLibrary() {
        assertThat(device.name()).isEqualTo("cpu-bf16");
        assertThat(device.arithmetic())
                .matches("cpu-bf16/bf16/(avx512|amx)-[0-9a-f]+/onednn-\\d+\\.\\d+\\.\\d+/1\\+cpu-vector/f32/.*");
    }

    /** Rows of one call, each row's results on their own. */
    private float[][] perRow(int from, int rows, float[] x, float[] w, float[] bias, float[] e, int[] targets) {
        Kernels kernels = device.openKernels();
        int in = 64;
        int out = bias.length;
        int c = e.length / in;
        LinearWeights weights = new LinearWeights(in, out, on(device, w), on(device, bias));
        LinearWeights grad = new LinearWeights(in, out, device.floats(in * out), device.floats(out));
        Floats input = on(device, Arrays.copyOfRange(x, from * in, (from + rows) * in));
        Floats z = device.floats(rows * out);
        Floats a = device.floats(rows * out);
        Floats dx = device.floats(rows * in);
        kernels.linearSilu(rows, weights, input, z, a);
        kernels.linearBackward(rows, weights, grad, input, z, dx);
        SparseTerms none = new SparseTerms(device.ints(rows + 1), device.ints(1), device.floats(1));
        Floats loss = device.floats(rows);
        Floats dY = device.floats(rows * in);
        kernels.softmax(
                new SoftmaxShape(rows, c, in, 2f, 0.1f),
                input,
                on(device, e),
                new Kernels.SoftmaxBias(device.floats(c), device.floats(c), none),
                on(device, Arrays.copyOfRange(targets, from, from + rows)),
                new Kernels.SoftmaxOutput(loss, dY, device.floats(c * in), device.floats(c), device.floats(1)));
        return new float[][] {host(z), host(a), host(dx), host(loss), host(dY)};
    }

    /** A row's results do not depend on how many rows there are, nor on which. */
    @Test
    void theRowsBesideMakeNoDifference() {
        int rows = 611;
        float[] x = values(rows * 64);
        float[] w = values(64 * 256);
        float[] bias = values(256);
        float[] e = values(300 * 64);
        int[] targets = random.ints(rows, 0, 300).toArray();
        float[][] all = perRow(0, rows, x, w, bias, e, targets);
        for (int[] part : new int[][] {{0, 1}, {17, 3}, {100, 32}, {5, 100}, {300, 311}, {610, 1}}) {
            float[][] some = perRow(part[0], part[1], x, w, bias, e, targets);
            for (int i = 0; i < all.length; i++) {
                int width = all[i].length / rows;
                assertThat(some[i])
                        .as("result %d of rows %s", i, Arrays.toString(part))
                        .isEqualTo(Arrays.copyOfRange(all[i], part[0] * width, (part[0] + part[1]) * width));
            }
        }
    }

    @Test
    void threadsComputeAtOnceAndGiveTheSameBits() throws Exception {
        String expected = KernelDigest.of(device, device.openPeerKernels());
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            List<Callable<String>> calls = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                PeerKernels kernels = device.openPeerKernels();
                calls.add(() -> {
                    String digest = KernelDigest.of(device, kernels);
                    for (int round = 0; round < 10; round++) {
                        assertThat(KernelDigest.of(device, kernels)).isEqualTo(digest);
                    }
                    return digest;
                });
            }
            for (Future<String> digest : pool.invokeAll(calls)) {
                assertThat(digest.get()).isEqualTo(expected);
            }
        } finally {
            pool.shutdown();
            assertThat(pool.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
        }
    }

    /** Prints a digest of all kernels. */
    static final class Digest {
        public static void main(String[] args) {
            Device device = CpuDevices.bf16().open();
            PeerKernels kernels = device.openPeerKernels();
            String last = "";
            for (int round = 0; round < Integer.parseInt(args[0]); round++) {
                String digest = KernelDigest.of(device, kernels);
                if (!digest.equals(last)) {
                    System.out.println("digest " + digest);
                }
                last = digest;
            }
            device.close();
        }
    }

    private static List<String> digests(Path java, String rounds, String... options) throws Exception {
        List<String> all = new ArrayList<>(List.of("--add-modules", "jdk.incubator.vector"));
        all.addAll(List.of(options));
        return OtherProcessIT.run(java, all, Digest.class, rounds).stream()
                .filter(line -> line.startsWith("digest "))
                .toList();
    }

    @Test
    void interpretedAndCompiledCodeAndAnotherJdkGiveTheSameBits() throws Exception {
        List<String> compiled = digests(OtherProcessIT.thisJava(), "400");
        assertThat(compiled).hasSize(1);
        assertThat(digests(OtherProcessIT.thisJava(), "1", "-Xint")).isEqualTo(compiled);
        Optional<Path> other = OtherProcessIT.otherJava();
        if (other.isPresent()) {
            assertThat(digests(other.get(), "400")).isEqualTo(compiled);
        }
    }

    /** More shapes than are kept compiled. */
    @Test
    void aProductThatWasCompiledAgainGivesTheSameBits() {
        Kernels kernels = device.openKernels();
        float[] x = values(32 * 64);
        float[] first = multiply(kernels, 64, x);
        for (int out = 1; out < 300; out++) {
            multiply(kernels, out, x);
        }
        assertThat(multiply(kernels, 64, x)).isEqualTo(first);
    }

    private float[] multiply(Kernels kernels, int out, float[] x) {
        float[] w = new float[64 * out];
        for (int i = 0; i < w.length; i++) {
            w[i] = (i % 17 - 8) / 16f;
        }
        Floats y = device.floats(32 * out);
        LinearWeights weights = new LinearWeights(64, out, on(device, w), device.floats(out));
        kernels.linear(32, weights, on(device, x), null, y);
        return host(y);
    }

    @Test
    void aResidualMayBeTheResult() {
        Kernels kernels = device.openKernels();
        int rows = 70;
        float[] x = values(rows * 64);
        float[] rest = values(rows * 64);
        LinearWeights weights = new LinearWeights(64, 64, on(device, values(64 * 64)), on(device, values(64)));
        Floats apart = device.floats(rows * 64);
        kernels.linear(rows, weights, on(device, x), on(device, rest), apart);
        Floats same = on(device, rest);
        kernels.linear(rows, weights, on(device, x), same, same);
        assertThat(host(same)).isEqualTo(host(apart));
        Floats none = device.floats(rows * 64);
        kernels.linear(rows, weights, on(device, x), null, none);
        for (int i = 0; i < rest.length; i++) {
            assertThat(host(apart)[i]).isEqualTo(host(none)[i] + rest[i]);
        }
    }

    /** Both halves beside the vector device's, of bf16 numbers: only the weights of the second half are rounded. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 70, 300, 600})
    void halvesOfASoftmaxAreFloat32sButForTheRoundingOfWeights(int candidates) {
        int rows = 150;
        float[] y = Bf16Numbers.uniform(random, rows * 64);
        float[] e = Bf16Numbers.uniform(random, candidates * 64);
        float[] bias = values(candidates);
        float[] own = values(candidates);
        int[] targets = random.ints(rows, -1, candidates).toArray();
        float[] factors = values(rows);
        try (Device vector = CpuDevices.vector().open()) {
            float[][] expected = halves(vector, rows, candidates, y, e, bias, own, targets, factors);
            float[][] actual = halves(device, rows, candidates, y, e, bias, own, targets, factors);
            // Weights, maxima, sums, targets; then gradients of queries, candidates, bias and terms.
            double[] tolerances = {2e-5, 2e-5, 2e-4, 2e-5, 0.2, 0.2, 2e-3, 2e-4};
            for (int i = 0; i < expected.length; i++) {
                assertThat(actual[i]).hasSameSizeAs(expected[i]);
                double largest = 1;
                for (float v : expected[i]) {
                    largest = Float.isFinite(v) ? Math.max(largest, Math.abs(v)) : largest;
                }
                double bound = i == 4 || i == 5 ? largest / 128 : tolerances[i] * largest;
                for (int j = 0; j < expected[i].length; j++) {
                    if (Float.isInfinite(expected[i][j])) {
                        assertThat(actual[i][j]).isEqualTo(expected[i][j]);
                    } else {
                        assertThat((double) actual[i][j])
                                .as("result %d, value %d", i, j)
                                .isCloseTo(expected[i][j], within(bound));
                    }
                }
            }
        }
    }

    private static float[][] halves(
            Device device,
            int rows,
            int candidates,
            float[] y,
            float[] e,
            float[] bias,
            float[] own,
            int[] targets,
            float[] factors) {
        Kernels kernels = device.openKernels();
        int stride = SoftmaxPartial.stride(candidates);
        int terms = candidates == 0 ? 0 : 1;
        int[] starts = new int[rows + 1];
        Arrays.setAll(starts, row -> row * terms);
        int[] columns = new int[rows];
        Arrays.setAll(columns, row -> Math.max(0, targets[row]));
        SparseTerms sparse = new SparseTerms(on(device, starts), on(device, columns), on(device, factors));
        SoftmaxPartial partial = new SoftmaxPartial(
                device.floats(rows * stride), stride, device.floats(rows), device.floats(rows), device.floats(rows));
        SoftmaxShape shape = new SoftmaxShape(rows, candidates, 64, 0.5f, 0.1f);
        Floats queries = on(device, y);
        Floats items = on(device, e);
        kernels.softmaxPartial(
                shape,
                queries,
                items,
                new Kernels.SoftmaxBias(on(device, bias), on(device, own), sparse),
                on(device, targets),
                partial);
        float[] weights = host(partial.weights());
        Floats dY = on(device, y);
        Floats dE = on(device, e);
        Floats dBias = device.floats(candidates);
        Floats dTerms = device.floats(rows);
        kernels.softmaxPartialBackward(
                shape,
                queries,
                items,
                on(device, targets),
                new Kernels.SoftmaxPartialGrad(partial, sparse, on(device, factors), dY, dE, dBias, dTerms));
        float[] used = new float[rows * candidates];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(weights, row * stride, used, row * candidates, candidates);
        }
        return new float[][] {
            used,
            host(partial.max()),
            host(partial.sum()),
            host(partial.target()),
            host(dY),
            host(dE),
            host(dBias),
            host(dTerms)
        };
    }

    @Test
    void kernelsOfAClosedDeviceSaySo() {
        Kernels kernels = device.openKernels();
        float[] x = values(32 * 64);
        multiply(kernels, 8, x);
        device.close();
        device.close();
        assertThatThrownBy(() -> multiply(kernels, 8, x))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(device::openKernels).isInstanceOf(IllegalStateException.class);
    }
}
