package io.freshet.benchmarks;

import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Bounds of one core: fused multiply-adds on registers, and reading 16 MiB. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-Xmx1g"})
public class MachineBenchmark {
    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int ROUNDS = 10_000;
    /** Operations of {@link #fma}. */
    static final double FLOPS = 2.0 * 10 * ROUNDS * S.length();

    private static final int VALUES = 4 << 20;
    /** Bytes of {@link #read}. */
    static final double BYTES = 4.0 * VALUES;

    private final float[] memory = new float[VALUES];

    @Benchmark
    public float fma() {
        FloatVector x = FloatVector.broadcast(S, 1.0001f);
        FloatVector y = FloatVector.broadcast(S, 1e-6f);
        FloatVector s0 = y, s1 = y, s2 = y, s3 = y, s4 = y, s5 = y, s6 = y, s7 = y, s8 = y, s9 = y;
        for (int i = 0; i < ROUNDS; i++) {
            s0 = s0.fma(x, y);
            s1 = s1.fma(x, y);
            s2 = s2.fma(x, y);
            s3 = s3.fma(x, y);
            s4 = s4.fma(x, y);
            s5 = s5.fma(x, y);
            s6 = s6.fma(x, y);
            s7 = s7.fma(x, y);
            s8 = s8.fma(x, y);
            s9 = s9.fma(x, y);
        }
        return s0.add(s1)
                .add(s2)
                .add(s3)
                .add(s4)
                .add(s5)
                .add(s6)
                .add(s7)
                .add(s8)
                .add(s9)
                .lane(0);
    }

    @Benchmark
    public float read() {
        FloatVector s0 = FloatVector.zero(S), s1 = s0, s2 = s0, s3 = s0;
        int l = S.length();
        for (int i = 0; i + 4 * l <= VALUES; i += 4 * l) {
            s0 = s0.add(FloatVector.fromArray(S, memory, i));
            s1 = s1.add(FloatVector.fromArray(S, memory, i + l));
            s2 = s2.add(FloatVector.fromArray(S, memory, i + 2 * l));
            s3 = s3.add(FloatVector.fromArray(S, memory, i + 3 * l));
        }
        return s0.add(s1).add(s2).add(s3).lane(0);
    }
}
