package io.freshet.benchmarks.scan;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.PeerKernels;
import io.freshet.kernel.QuantizedRows;
import io.freshet.kernel.ScoringTable;
import io.freshet.kernel.ScreenedTopK;
import io.freshet.kernel.SparseTerms;
import io.freshet.kernel.TopItems;
import io.freshet.kernel.cpu.CpuDevices;
import java.util.Random;

/** Rows of 64 normal values, scores of cosines over 0.4, and 64 queries in turn: the kernels alone. */
final class MadeScan {
    private static final int D = 64;
    private static final int QUERIES = 64;

    private final PeerKernels kernels;
    private final ScoringTable scoringTable;
    private final QuantizedRows quantized;
    private final Floats queries;
    private final SparseTerms none;
    private final float[] row = new float[D];
    private final double putMicros;

    private MadeScan(Device device, int items) {
        kernels = device.openPeerKernels();
        Random random = new Random(5);
        Floats rows = device.floats(items * D);
        Floats scale = device.floats(items);
        quantized = device.quantizedRows(D);
        double micros = 0;
        for (int v = 0; v < items; v++) {
            float inverse = normal(random) / 0.4f;
            rows.upload(row, 0, v * D, D);
            scale.fill(v, 1, inverse);
            double start = Turns.cpuMicros();
            quantized.put(v, row, 0, inverse);
            micros += Turns.cpuMicros() - start;
        }
        putMicros = micros / items;
        queries = device.floats(QUERIES * D);
        for (int q = 0; q < QUERIES; q++) {
            float inverse = normal(random);
            for (int i = 0; i < D; i++) {
                queries.fill(q * D + i, 1, row[i] * inverse);
            }
        }
        scoringTable = new ScoringTable(items, D, rows, scale, device.floats(items));
        none = new SparseTerms(device.ints(2), device.ints(0), device.floats(0));
    }

    private float normal(Random random) {
        double squares = 0;
        for (int i = 0; i < D; i++) {
            row[i] = (float) random.nextGaussian();
            squares += (double) row[i] * row[i];
        }
        return (float) (1 / Math.sqrt(squares));
    }

    private Floats query(int n) {
        return queries.slice(n % QUERIES * D, D);
    }

    /** Measures catalogues of a size and prints what came out. */
    static void run(int items) {
        try (Device device = CpuDevices.best()) {
            MadeScan scan = new MadeScan(device, items);
            System.out.printf(
                    "%d items: int8 %.1f bytes an item, %.2f us to put one%n",
                    items, scan.quantized.bytes() / (double) items, scan.putMicros);
            for (int k : new int[] {10, 100}) {
                int[] best = new int[k];
                float[] scores = new float[k];
                int[] scored = new int[1];
                double[] micros = Turns.medians(
                        Math.max(64, 6_400_000 / items),
                        n -> scan.kernels.topK(k, scan.scoringTable, scan.query(n), best, scores),
                        n -> scored[0] = scan.kernels.topK(
                                new ScreenedTopK(
                                        scan.scoringTable, scan.quantized, scan.query(n), scan.none, item -> false),
                                new TopItems(k)));
                System.out.printf(
                        "  %d best: float32 %.0f us, int8 %.0f us, %d scored%n", k, micros[0], micros[1], scored[0]);
            }
        }
    }
}
