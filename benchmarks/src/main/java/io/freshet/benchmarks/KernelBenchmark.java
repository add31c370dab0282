package io.freshet.benchmarks;

import static io.freshet.benchmarks.KernelState.A;
import static io.freshet.benchmarks.KernelState.CATALOGUE;
import static io.freshet.benchmarks.KernelState.D;
import static io.freshet.benchmarks.KernelState.HEADS;
import static io.freshet.benchmarks.KernelState.ITEMS;
import static io.freshet.benchmarks.KernelState.LENGTH;
import static io.freshet.benchmarks.KernelState.NEGATIVES;
import static io.freshet.benchmarks.KernelState.T;

import io.freshet.kernel.Kernels;
import io.freshet.kernel.PeerKernels;
import io.freshet.kernel.TopItems;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Every kernel of a training step beside what the machine can do: its multiply-add rate or its memory bandwidth. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-Xmx1g"})
public class KernelBenchmark {
    /**
     * What a kernel has to do.
     *
     * @param flops floating-point operations that its definition needs (exponentials and divisions not counted)
     * @param bytes that it reads and writes at least, each once
     */
    private record Work(double flops, double bytes) {}

    private static final double ATTENDED = (double) T * (LENGTH + 1) / 2 * HEADS;

    private static Map<String, Work> work() {
        Map<String, Work> work = new LinkedHashMap<>();
        double f = 4.0;
        double token = T * f;
        work.put("linearSilu", new Work(2.0 * T * D * 4 * A, token * (D + 8 * A)));
        work.put("linear", new Work(2.0 * T * A * D, token * (A + 2 * D)));
        work.put("linearBackwardWide", new Work(4.0 * T * D * 4 * A, token * (2 * D + 8 * A)));
        work.put("linearBackwardNarrow", new Work(4.0 * T * D * A, token * (2 * D + 2 * A)));
        work.put("attention", new Work(ATTENDED * 4 * KernelState.HEAD, token * 5 * A));
        work.put("attentionBackward", new Work(ATTENDED * 10 * KernelState.HEAD, token * 9 * A));
        work.put("softmax", new Work(6.0 * T * ITEMS * D, token * 2 * D));
        work.put("sampledSoftmax", new Work(6.0 * T * (1 + NEGATIVES) * D, token * 2 * D));
        work.put("siluBackward", new Work(0, token * 12 * A));
        work.put("layerNorm", new Work(0, token * 2 * D));
        work.put("layerNormBackward", new Work(0, token * 4 * D));
        work.put("gatedNorm", new Work(0, token * 3 * A));
        work.put("gatedNormBackward", new Work(0, token * 5 * A));
        work.put("gather", new Work(0, token * 2 * D));
        work.put("scatterAdd", new Work(0, token * 3 * D));
        work.put("adamW", new Work(0, (1 << 18) * f * 7));
        work.put("topK", new Work(2.0 * CATALOGUE * D, (double) CATALOGUE * D * f));
        work.put("topKInt8", new Work(2.0 * CATALOGUE * D, CATALOGUE * (D + 16.0)));
        return work;
    }

    @Benchmark
    public void linearSilu(KernelState s) {
        s.kernels.linearSilu(T, s.projection, s.x, s.wide, s.wide2);
    }

    @Benchmark
    public void linear(KernelState s) {
        s.kernels.linear(T, s.output, s.x, s.x, s.y);
    }

    @Benchmark
    public void linearBackwardWide(KernelState s) {
        s.kernels.linearBackward(T, s.projection, s.dProjection, s.x, s.wide, s.y);
    }

    @Benchmark
    public void linearBackwardNarrow(KernelState s) {
        s.kernels.linearBackward(T, s.output, s.dOutput, s.x, s.wide, s.y);
    }

    @Benchmark
    public void attention(KernelState s) {
        s.kernels.attention(s.layout, s.attention, s.wide, s.y);
    }

    @Benchmark
    public void attentionBackward(KernelState s) {
        s.kernels.attentionBackward(s.layout, s.attention, s.dAttention, s.wide, s.x, s.dWide);
    }

    @Benchmark
    public void softmax(KernelState s) {
        s.kernels.softmax(
                s.softmax(),
                s.x,
                s.rows,
                new Kernels.SoftmaxBias(s.zeros, s.zeros, s.noTerms),
                s.targets,
                s.softmaxOutput());
    }

    @Benchmark
    public void sampledSoftmax(KernelState s) {
        s.kernels.sampledSoftmax(
                s.sampled(), s.x, s.rows, s.candidates, new PeerKernels.SampledSoftmaxOutput(s.losses, s.y, s.dRows));
    }

    @Benchmark
    public void siluBackward(KernelState s) {
        s.kernels.siluBackward(T * 4 * A, s.wide, s.wide2, s.dWide);
    }

    @Benchmark
    public void layerNorm(KernelState s) {
        s.kernels.layerNorm(T, s.norm, s.x, s.y, s.stats);
    }

    @Benchmark
    public void layerNormBackward(KernelState s) {
        s.kernels.layerNormBackward(new Kernels.LayerNormGrad(T, s.norm, s.dNorm, s.x, s.stats, s.x, s.y));
    }

    @Benchmark
    public void gatedNorm(KernelState s) {
        s.kernels.gatedNorm(T, s.norm, s.x, s.wide, s.y, s.stats);
    }

    @Benchmark
    public void gatedNormBackward(KernelState s) {
        s.kernels.gatedNormBackward(
                new Kernels.GatedNormGrad(T, s.norm, s.dNorm, s.x, s.wide, s.stats, s.x, s.y, s.dWide));
    }

    @Benchmark
    public void gather(KernelState s) {
        s.kernels.gather(new Kernels.GatherShape(T, D, 8f, false), s.rows, s.indices, s.y);
    }

    @Benchmark
    public void scatterAdd(KernelState s) {
        s.kernels.scatterAdd(new Kernels.GatherShape(T, D, 8f, true), s.x, s.indices, s.dRows);
    }

    @Benchmark
    public void adamW(KernelState s) {
        s.kernels.adamW(
                s.adam(), 1 << 18, new Kernels.AdamState(s.adamWeights, s.adamFirst, s.adamSecond), s.adamGradient);
    }

    @Benchmark
    public int topK(KernelState s) {
        return s.kernels.topK(100, s.scoringTable, s.x, s.best, s.bestScores);
    }

    @Benchmark
    public int topKInt8(KernelState s) {
        return s.kernels.topK(s.screened(), new TopItems(100));
    }

    /**
     * Measures the machine, then the kernels, and prints the table of docs/benchmarks.md. Arguments: a regular
     * expression for names of kernels, and a precision; without them all kernels in float32.
     */
    public static void main(String[] args) throws Exception {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(KernelBenchmark.class.getName() + (args.length == 0 ? "" : "." + args[0] + "$"))
                        .param("precision", args.length < 2 ? "f32" : args[1])
                        .include(MachineBenchmark.class.getName())
                        .addProfiler(GCProfiler.class)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
        Map<String, Double> micros = new LinkedHashMap<>();
        Map<String, Double> allocated = new LinkedHashMap<>();
        for (RunResult result : results) {
            String benchmark = result.getParams().getBenchmark();
            String name = benchmark.substring(benchmark.lastIndexOf('.') + 1);
            micros.put(name, result.getPrimaryResult().getScore());
            result.getSecondaryResults().forEach((label, secondary) -> {
                if (label.endsWith("gc.alloc.rate.norm")) {
                    allocated.put(name, secondary.getScore());
                }
            });
        }
        double peak = MachineBenchmark.FLOPS / micros.getOrDefault("fma", Double.NaN) / 1e3;
        double bandwidth = MachineBenchmark.BYTES / micros.getOrDefault("read", Double.NaN) / 1e3;
        System.out.printf("peak %.0f GFLOP/s, read bandwidth of 16 MiB %.0f GB/s%n", peak, bandwidth);
        System.out.println(
                "| kernel | us | GFLOP/s | of peak | GB/s | of bandwidth | of its bound | bytes allocated |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        work().forEach((name, w) -> {
            Double us = micros.get(name);
            if (us != null) {
                double flops = w.flops / us / 1e3;
                double bytes = w.bytes / us / 1e3;
                double bound = Math.max(w.flops / peak, w.bytes / bandwidth) / us / 1e3;
                System.out.printf(
                        "| %s | %.0f | %.0f | %.0f %% | %.1f | %.0f %% | %.0f %% | %.0f |%n",
                        name,
                        us,
                        flops,
                        100 * flops / peak,
                        bytes,
                        100 * bytes / bandwidth,
                        100 * bound,
                        allocated.getOrDefault(name, Double.NaN));
            }
        });
    }
}
