package io.freshet.model.hstu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.freshet.kernel.Device;
import io.freshet.kernel.Dropout;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.Kernels.AdamStep;
import io.freshet.kernel.Kernels.SoftmaxOutput;
import io.freshet.kernel.ScoringTable;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.SparseTerms;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.CounterRandom;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.ModelConfig.Variant;
import io.freshet.model.PopularityDecay;
import io.freshet.model.SequenceBatch;
import io.freshet.store.Interaction;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The model's forward and backward, the loss and the optimizer's kernels, and an encoding, allocate no vectors and no
 * arrays once the JIT has compiled them; until then every vector is an object, so they are repeated until a run of them
 * has allocated no more than arguments of calls. What the learner's own step and the scorer's own calls allocate is
 * {@code LearnerAllocationIT}'s.
 */
class AllocationIT {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Calls in a row that have to allocate next to nothing. */
    private static final int RUN = 20;

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(100);
    private static final int ITEMS = 130;
    private static final int LENGTH = 37;

    private static final ModelConfig SMALL = new ModelConfig(
            new LayerConfig(Variant.STREAMING, 64, 2, 2, 32, 72),
            new ContextConfig(LENGTH + 1, 8),
            0.2f,
            new PopularityDecay(1, 1),
            7,
            ActionRules.DEFAULT);
    /**
     * Objects that carry arguments, where the JIT does not take them apart. With 512-bit vectors it takes apart all but
     * a few (under 320 bytes a step); with 256-bit ones the products of attention stay, some 200 of 48 bytes. One
     * vector for every row and layer would be more than the rest of it.
     */
    private static final long ARGUMENTS = 12_000;

    /** Least bytes that a call allocated, over runs of {@link #RUN} calls of which the worst counts. */
    private static long steady(Runnable call) {
        return steady(call, PATIENCE_NANOS);
    }

    private static long steady(Runnable call, long patienceNanos) {
        long thread = Thread.currentThread().getId();
        long end = System.nanoTime() + patienceNanos;
        long least = Long.MAX_VALUE;
        while (least > ARGUMENTS && System.nanoTime() < end) {
            long worst = 0;
            for (int i = 0; i < RUN; i++) {
                long before = THREADS.getThreadAllocatedBytes(thread);
                call.run();
                worst = Math.max(worst, THREADS.getThreadAllocatedBytes(thread) - before);
            }
            least = Math.min(least, worst);
        }
        return least;
    }

    private static List<Interaction> tokens(int count, int from) {
        List<Interaction> tokens = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tokens.add(new Interaction((from + i * i) % ITEMS, (byte) (i % 3), i * 40_000L, 0, i));
        }
        return tokens;
    }

    private static Floats on(Device device, float[] values) {
        Floats block = device.floats(values.length);
        block.upload(values, 0, 0, values.length);
        return block;
    }

    /** Everything that a trainer has, and its step: forward, loss, backward, AdamW on weights and rows. */
    private static final class Training implements Runnable {
        final ModelConfig config;
        final Device device = CpuDevices.best();
        final HstuEncoder model;
        final SequenceBatch batch;
        final List<List<Interaction>> sequences = List.of(tokens(LENGTH, 1), tokens(11, 5), tokens(LENGTH, 9));
        final HstuParameters weights;
        final HstuParameters grad;
        final Floats rows;
        final Floats dRows;
        final Floats normalized;
        final Floats dNormalized;
        final Floats inverse;
        final Floats losses;
        final Floats dQueries;
        final Ints candidates;
        final Kernels.SoftmaxBias bias;
        final SoftmaxOutput output;
        final Kernels.L2NormGrad normGrad;
        final Kernels.AdamState denseState;
        final Kernels.AdamState rowState;
        final SoftmaxShape shape;
        final IntPredicate all = row -> true;
        final ToIntFunction<Interaction> item = token -> (int) token.item();

        Training(ModelConfig config) {
            this.config = config;
            int d = config.width();
            int most = 3 * (LENGTH + 1);
            model = new HstuEncoder(config, device, most);
            batch = new SequenceBatch(config, 3);
            weights = new HstuParameters(config, on(device, HstuParameters.initial(config)));
            grad = new HstuParameters(config, device);
            float[] initial = new float[ITEMS * d];
            CounterRandom.fill(5, initial, 0, initial.length, 0.1f);
            rows = on(device, initial);
            dRows = device.floats(ITEMS * d);
            normalized = device.floats(ITEMS * d);
            dNormalized = device.floats(ITEMS * d);
            inverse = device.floats(ITEMS);
            losses = device.floats(most);
            dQueries = device.floats(most * d);
            candidates = device.ints(most);
            int[] drawn = new int[most];
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] = i * 31 % ITEMS;
            }
            candidates.upload(drawn, 0, 0, drawn.length);
            Floats zeros = device.floats(ITEMS);
            SparseTerms terms = new SparseTerms(device.ints(most + 1), device.ints(1), device.floats(1));
            bias = new Kernels.SoftmaxBias(zeros, zeros, terms);
            output = new SoftmaxOutput(losses, dQueries, dNormalized, device.floats(ITEMS), device.floats(1));
            normGrad = new Kernels.L2NormGrad(ITEMS, d, normalized, inverse, dNormalized, dRows);
            int count = weights.count();
            denseState = new Kernels.AdamState(weights.block(), device.floats(count), device.floats(count));
            rowState = new Kernels.AdamState(rows, device.floats(ITEMS * d), device.floats(ITEMS * d));
            fill();
            int m = batch.supervisedCount();
            shape = new SoftmaxShape(m, ITEMS, d, 5f, 1f / m);
        }

        private void fill() {
            batch.clear();
            for (int s = 0; s < sequences.size(); s++) {
                batch.add(sequences.get(s), 2_000_000L, all, item);
            }
        }

        @Override
        public void run() {
            Kernels kernels = model.kernels();
            fill();
            grad.block().fill(0, grad.count(), 0);
            dRows.fill(0, dRows.length(), 0);
            dNormalized.fill(0, dNormalized.length(), 0);
            kernels.l2Normalize(ITEMS, config.width(), rows, normalized, inverse);
            Floats queries = model.forward(weights, batch, rows, Dropout.NONE);
            kernels.softmax(shape, queries, normalized, bias, candidates, output);
            model.backward(weights, grad, batch, dQueries, dRows);
            kernels.l2NormalizeBackward(normGrad);
            AdamStep step = new AdamStep(1e-3f, 0.9f, 0.98f, 1e-8f, 0f, 100);
            kernels.adamW(step, grad.count(), denseState, grad.block());
            kernels.adamW(step, ITEMS * config.width(), rowState, dRows);
        }
    }

    /** Measures in a process where nothing else has run: a JIT that has seen both devices no longer inlines either. */
    static final class Measured {
        private static float[] planted = {};

        public static void main(String[] args) {
            Training training = new Training(SMALL);
            System.out.println("step " + steady(training));
            System.out.println("request " + steady(new Request()));
            System.out.println("planted "
                    + steady(
                            () -> {
                                training.run();
                                planted = new float[LENGTH * ITEMS];
                            },
                            TimeUnit.SECONDS.toNanos(2)));
        }
    }

    /** Encodes one user and scores all items. */
    private static final class Request implements Runnable {
        private final Training training = new Training(SMALL);
        private final Floats scores = training.device.floats(ITEMS);
        private final ScoringTable scoringTable = new ScoringTable(
                ITEMS, SMALL.width(), training.rows, training.device.floats(ITEMS), training.device.floats(ITEMS));
        private final List<Interaction> history = tokens(LENGTH, 3);
        private final IntPredicate last = row -> row == LENGTH;

        @Override
        public void run() {
            training.batch.clear();
            training.batch.add(history, 2_000_000L, last, training.item);
            Floats query = training.model.forward(training.weights, training.batch, training.rows);
            training.model.kernels().scores(scoringTable, query, scores);
        }
    }

    @Test
    void aTrainingStepAndARequestAllocateNoArrays(@TempDir Path directory) throws Exception {
        Assumptions.assumeTrue(CpuDevices.vector().unusable().isEmpty(), "the vector module is not loaded");
        Path output = directory.resolve("measured.txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Measured.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(8, TimeUnit.MINUTES)).as("it ended").isTrue();
            String text = Files.readString(output);
            assertThat(process.exitValue()).as(text).isZero();
            assertThat(bytes(text, "step")).as(text).isLessThanOrEqualTo(ARGUMENTS);
            assertThat(bytes(text, "request")).as(text).isLessThanOrEqualTo(ARGUMENTS);
            assertThat(bytes(text, "planted")).as("one array more: " + text).isGreaterThan(ARGUMENTS);
        } finally {
            process.destroyForcibly();
        }
    }

    private static long bytes(String text, String what) {
        return text.lines()
                .filter(line -> line.startsWith(what + " "))
                .mapToLong(line -> Long.parseLong(line.substring(what.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no line '" + what + "' in:\n" + text));
    }
}
