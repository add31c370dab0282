package io.freshet.kernel.cpu.scalar;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.QuantizedRows;
import io.freshet.kernel.ScoringTable;
import io.freshet.kernel.ScreenedTopK;
import io.freshet.kernel.SparseTerms;
import io.freshet.kernel.TopItems;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/** A catalogue for tests, its best items by scoring everything, and by screening. */
final class ScreenedCatalogue {
    final int items;
    final int d;
    final float[] rows;
    final float[] scale;
    final float[] bias;
    final float[] y;
    /** Terms by item, in order. */
    final TreeMap<Integer, float[]> terms = new TreeMap<>();

    final TreeSet<Integer> excluded = new TreeSet<>();

    /** Rows of norms from 0.1 to 10, scaled to cosines over 0.4, and biases of usual sizes. */
    ScreenedCatalogue(int items, int d, SplittableRandom random) {
        this.items = items;
        this.d = d;
        rows = new float[items * d];
        scale = new float[items];
        bias = new float[items];
        y = new float[d];
        for (int v = 0; v < items; v++) {
            double size = Math.pow(10, random.nextDouble() * 2 - 1);
            for (int i = 0; i < d; i++) {
                rows[v * d + i] = (float) (normal(random) * size);
            }
            rescale(v);
            bias[v] = (float) (normal(random) * 0.5);
        }
        double squares = 0;
        for (int i = 0; i < d; i++) {
            y[i] = (float) normal(random);
            squares += (double) y[i] * y[i];
        }
        for (int i = 0; i < d; i++) {
            y[i] /= (float) Math.sqrt(squares);
        }
    }

    /** About normal: no more is needed. */
    static double normal(SplittableRandom random) {
        double sum = -6;
        for (int i = 0; i < 12; i++) {
            sum += random.nextDouble();
        }
        return sum;
    }

    void rescale(int v) {
        double squares = 0;
        for (int i = 0; i < d; i++) {
            squares += (double) rows[v * d + i] * rows[v * d + i];
        }
        scale[v] = (float) (1 / (Math.max(Math.sqrt(squares), 1e-6) * 0.4));
    }

    void copyRow(int from, int to) {
        System.arraycopy(rows, from * d, rows, to * d, d);
        scale[to] = scale[from];
        bias[to] = bias[from];
    }

    private static Floats on(Device device, float[] x) {
        Floats block = device.floats(x.length);
        block.upload(x, 0, 0, x.length);
        return block;
    }

    ScoringTable scoringTable(Device device) {
        return new ScoringTable(items, d, on(device, rows), on(device, scale), on(device, bias));
    }

    QuantizedRows quantized(Device device) {
        QuantizedRows quantized = device.quantizedRows(d);
        for (int v = 0; v < items; v++) {
            quantized.put(v, rows, v * d, scale[v]);
        }
        return quantized;
    }

    private SparseTerms sparse(Device device) {
        int count = terms.values().stream().mapToInt(values -> values.length).sum();
        int[] columns = new int[count];
        float[] values = new float[count];
        int at = 0;
        for (var entry : terms.entrySet()) {
            for (float value : entry.getValue()) {
                columns[at] = entry.getKey();
                values[at++] = value;
            }
        }
        Ints starts = device.ints(2);
        starts.upload(new int[] {0, count}, 0, 0, 2);
        Ints deviceColumns = device.ints(count);
        deviceColumns.upload(columns, 0, 0, count);
        return new SparseTerms(starts, deviceColumns, on(device, values));
    }

    /** Item and score's bits, best first: every item is scored and all are sorted. */
    List<String> all(int k, Device device) {
        float[] scores = new float[items];
        Floats out = device.floats(items);
        device.openKernels().scores(scoringTable(device), on(device, y), out);
        out.download(0, scores, 0, items);
        terms.forEach((item, values) -> {
            for (float value : values) {
                scores[item] += value;
            }
        });
        List<Integer> order = new ArrayList<>();
        for (int v = 0; v < items; v++) {
            if (scores[v] > Float.NEGATIVE_INFINITY && !excluded.contains(v)) {
                order.add(v);
            }
        }
        // Primitive comparison: 0.0 and -0.0 are a tie.
        order.sort(Comparator.<Integer>comparingInt(v -> 0)
                .thenComparing((a, b) -> scores[a] > scores[b] ? -1 : scores[a] < scores[b] ? 1 : a - b));
        return order.stream()
                .limit(k)
                .map(v -> v + ":" + Float.floatToRawIntBits(scores[v]))
                .toList();
    }

    /** The same by screening. */
    List<String> screened(int k, Device device) {
        List<String> found = new ArrayList<>();
        scored(k, device, found);
        return found;
    }

    /** How many items screening scores. */
    int scored(int k, Device device, List<String> found) {
        Kernels kernels = device.openKernels();
        TopItems best = new TopItems(k);
        ScreenedTopK call = new ScreenedTopK(
                scoringTable(device), quantized(device), on(device, y), sparse(device), excluded::contains);
        int scored = kernels.topK(call, best);
        best.finish();
        for (int i = 0; i < best.size(); i++) {
            found.add(best.item(i) + ":" + Float.floatToRawIntBits(best.score(i)));
        }
        return scored;
    }
}
