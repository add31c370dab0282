package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.LinearWeights;
import io.freshet.kernel.NormWeights;
import io.freshet.kernel.PeerKernels;
import io.freshet.kernel.ScoringTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The order of every sum is a function of the shapes alone: not of the thread, nor of what was computed before. */
class DeterminismTest {
    private static final int ROUNDS = 3;

    @ParameterizedTest
    @EnumSource(TestedDevice.class)
    void oneTwoAndThreeThreadsGiveTheSameBits(TestedDevice tested) throws Exception {
        try (Device device = tested.open()) {
            String alone = KernelDigest.of(device, device.openPeerKernels());
            for (int threads = 1; threads <= 3; threads++) {
                assertThat(atOnce(device, threads)).as("%d threads", threads).containsOnly(alone);
            }
        }
    }

    /** Digests of all threads and rounds; every round starts everywhere at once. */
    private static List<String> atOnce(Device device, int threads) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            CyclicBarrier start = new CyclicBarrier(threads);
            List<Callable<List<String>>> lanes = new ArrayList<>();
            for (int lane = 0; lane < threads; lane++) {
                lanes.add(() -> {
                    PeerKernels kernels = device.openPeerKernels();
                    List<String> digests = new ArrayList<>();
                    for (int round = 0; round < ROUNDS; round++) {
                        start.await();
                        digests.add(KernelDigest.of(device, kernels));
                    }
                    return digests;
                });
            }
            List<String> all = new ArrayList<>();
            for (Future<List<String>> lane : pool.invokeAll(lanes)) {
                all.addAll(lane.get());
            }
            return all;
        } finally {
            pool.shutdownNow();
        }
    }

    /** Scratch memory is reused: what larger calls leave in it, numbers or not, is in nobody's result. */
    @ParameterizedTest
    @EnumSource(TestedDevice.class)
    void whatEarlierCallsLeftMakesNoDifference(TestedDevice tested) {
        try (Device device = tested.open()) {
            String fresh = KernelDigest.of(device, device.openPeerKernels());
            PeerKernels used = device.openPeerKernels();
            leaveNoNumbers(device, used);
            assertThat(KernelDigest.of(device, used)).isEqualTo(fresh);
        }
    }

    /** Runs operators that keep scratch on more values than the digest has, none of them a number. */
    private static void leaveNoNumbers(Device device, PeerKernels kernels) {
        int rows = 70;
        int width = 300;
        Floats x = none(device, rows * width);
        Floats wide = none(device, width * width);
        Floats bias = none(device, width);
        LinearWeights w = new LinearWeights(width, width, wide, bias);
        LinearWeights grad = new LinearWeights(width, width, none(device, width * width), none(device, width));
        Floats y = none(device, rows * width);
        Floats z = none(device, rows * width);
        kernels.linearSilu(rows, w, x, z, y);
        kernels.linearBackward(rows, w, grad, x, y, z);
        NormWeights norm = new NormWeights(width, 1e-6f, bias, bias);
        NormWeights normGrad = new NormWeights(width, 1e-6f, none(device, width), none(device, width));
        Floats stats = none(device, 2 * rows);
        kernels.layerNorm(rows, norm, x, y, stats);
        kernels.layerNormBackward(new Kernels.LayerNormGrad(rows, norm, normGrad, x, stats, y, z));
        ScoringTable catalogue = new ScoringTable(width, width, wide, bias, bias);
        kernels.scores(catalogue, x, none(device, width));
        assertThat(kernels.topK(10, catalogue, x, new int[10], new float[10])).isZero();
    }

    private static Floats none(Device device, int count) {
        float[] x = new float[count];
        Arrays.fill(x, Float.NaN);
        Floats block = device.floats(count);
        block.upload(x, 0, 0, count);
        return block;
    }

    /** Memory of a device that was closed is in nobody's result. */
    @ParameterizedTest
    @EnumSource(TestedDevice.class)
    void aDeviceOpenedAgainGivesTheSameBits(TestedDevice tested) {
        String first;
        try (Device device = tested.open()) {
            first = KernelDigest.of(device, device.openPeerKernels());
        }
        try (Device device = tested.open()) {
            assertThat(KernelDigest.of(device, device.openPeerKernels())).isEqualTo(first);
            assertThat(first).isNotEqualTo("0");
        }
    }
}
