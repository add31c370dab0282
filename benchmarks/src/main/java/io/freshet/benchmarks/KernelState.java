package io.freshet.benchmarks;

import io.freshet.kernel.AttentionWeights;
import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.JaggedLayout;
import io.freshet.kernel.Kernels.AdamStep;
import io.freshet.kernel.Kernels.SoftmaxOutput;
import io.freshet.kernel.LinearWeights;
import io.freshet.kernel.NormWeights;
import io.freshet.kernel.PeerKernels;
import io.freshet.kernel.PeerKernels.SampledSoftmaxShape;
import io.freshet.kernel.Precision;
import io.freshet.kernel.QuantizedRows;
import io.freshet.kernel.ScoringTable;
import io.freshet.kernel.ScreenedTopK;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.SparseTerms;
import io.freshet.kernel.cpu.CpuDevices;
import java.util.SplittableRandom;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Operands of {@link KernelBenchmark}: 16 sequences of 200 rows at the sizes of the {@code small} preset. */
@NullUnmarked // JMH calls open() first, which checkers cannot know.
@State(Scope.Thread)
public class KernelState {
    static final int SEQUENCES = 16;
    static final int LENGTH = 200;
    static final int T = SEQUENCES * LENGTH;
    static final int D = 64;
    static final int HEADS = 2;
    static final int HEAD = 32;
    static final int A = HEADS * HEAD;
    static final int ITEMS = 1024;
    static final int NEGATIVES = 128;
    static final int CATALOGUE = 100_000;

    private final SplittableRandom random = new SplittableRandom(3);

    /** Of the products: f32 or bf16. */
    @Param("f32")
    public String precision;

    Device device;
    PeerKernels kernels;
    JaggedLayout layout;
    LinearWeights projection;
    LinearWeights dProjection;
    LinearWeights output;
    LinearWeights dOutput;
    NormWeights norm;
    NormWeights dNorm;
    AttentionWeights attention;
    AttentionWeights dAttention;
    Floats x;
    Floats y;
    Floats wide;
    Floats wide2;
    Floats dWide;
    Floats stats;
    Floats rows;
    Floats dRows;
    Floats losses;
    Floats inverse;
    Floats zeros;
    Floats dBias;
    SparseTerms noTerms;
    Ints targets;
    Ints candidates;
    Ints indices;
    ScoringTable scoringTable;
    QuantizedRows quantized;
    int[] best = new int[100];
    float[] bestScores = new float[100];
    Floats adamWeights;
    Floats adamFirst;
    Floats adamSecond;
    Floats adamGradient;

    /** Fills everything with numbers of usual sizes. */
    @Setup(Level.Trial)
    public void open() {
        device = CpuDevices.of(Precision.of(precision));
        kernels = device.openPeerKernels();
        layout = new JaggedLayout(SEQUENCES, 1);
        layout.clear();
        for (int b = 0; b < SEQUENCES; b++) {
            layout.add(LENGTH);
        }
        byte[] buckets = layout.timeBuckets();
        for (int b = 0; b < layout.sequences(); b++) {
            // Half an hour from event to event: old keys share a bucket, as they do in users' histories.
            for (int i = 0; i < layout.length(b); i++) {
                for (int j = 0; j <= i; j++) {
                    buckets[layout.pair(b, i, j)] = (byte) Math.min(71, Math.log(1800.0 * (i + 1 - j)) / 0.301);
                }
            }
        }
        projection = new LinearWeights(D, 4 * A, values(D * 4 * A, 0.1), values(4 * A, 0.1));
        dProjection = new LinearWeights(D, 4 * A, values(D * 4 * A, 0), values(4 * A, 0));
        output = new LinearWeights(A, D, values(A * D, 0.1), values(D, 0.1));
        dOutput = new LinearWeights(A, D, values(A * D, 0), values(D, 0));
        norm = new NormWeights(D, 1e-6f, values(D, 1), values(D, 1));
        dNorm = new NormWeights(D, 1e-6f, values(D, 0), values(D, 0));
        attention = new AttentionWeights(
                HEADS, HEAD, 0.17f, 0f, LENGTH, 72, values(HEADS * LENGTH, 0.1), values(HEADS * 72, 0.1));
        dAttention = new AttentionWeights(
                HEADS, HEAD, 0.17f, 0f, LENGTH, 72, values(HEADS * LENGTH, 0), values(HEADS * 72, 0));
        x = values(T * D, 0.3);
        y = values(T * D, 0.3);
        wide = values(T * 4 * A, 1);
        wide2 = values(T * 4 * A, 1);
        dWide = values(T * 4 * A, 1);
        stats = values(2 * T, 1);
        rows = values(ITEMS * D, 0.12);
        dRows = values(ITEMS * D, 0);
        losses = values(T, 0);
        inverse = values(T, 1);
        zeros = device.floats(CATALOGUE);
        dBias = device.floats(ITEMS);
        noTerms = new SparseTerms(device.ints(T + 1), device.ints(1), device.floats(1));
        targets = ints(T, ITEMS);
        indices = ints(T, ITEMS);
        candidates = ints(T * (1 + NEGATIVES), ITEMS);
        Floats scale = device.floats(CATALOGUE);
        scale.fill(0, CATALOGUE, 1f);
        scoringTable = new ScoringTable(CATALOGUE, D, values(CATALOGUE * D, 0.1), scale, zeros);
        quantized = device.quantizedRows(D);
        float[] row = new float[D];
        for (int v = 0; v < CATALOGUE; v++) {
            scoringTable.rows().download(v * D, row, 0, D);
            quantized.put(v, row, 0, 1f);
        }
        adamWeights = values(1 << 18, 1);
        adamFirst = values(1 << 18, 0);
        adamSecond = values(1 << 18, 0);
        adamGradient = values(1 << 18, 0.01);
    }

    private Floats values(int count, double bound) {
        float[] host = new float[count];
        for (int i = 0; i < count; i++) {
            host[i] = (float) ((2 * random.nextDouble() - 1) * bound);
        }
        Floats block = device.floats(count);
        block.upload(host, 0, 0, count);
        return block;
    }

    private Ints ints(int count, int bound) {
        int[] host = new int[count];
        for (int i = 0; i < count; i++) {
            host[i] = random.nextInt(bound);
        }
        Ints block = device.ints(count);
        block.upload(host, 0, 0, count);
        return block;
    }

    SoftmaxShape softmax() {
        return new SoftmaxShape(T, ITEMS, D, 5f, 1f / T);
    }

    SoftmaxOutput softmaxOutput() {
        return new SoftmaxOutput(losses, y, dRows, dBias, zeros);
    }

    ScreenedTopK screened() {
        return new ScreenedTopK(scoringTable, quantized, x, noTerms, item -> false);
    }

    SampledSoftmaxShape sampled() {
        return new SampledSoftmaxShape(T, NEGATIVES, D, 20f, 1f / T);
    }

    AdamStep adam() {
        return new AdamStep(1e-3f, 0.9f, 0.98f, 1e-8f, 0f, 100);
    }

    /** Gives the memory back. */
    @TearDown(Level.Trial)
    public void close() {
        device.close();
    }
}
