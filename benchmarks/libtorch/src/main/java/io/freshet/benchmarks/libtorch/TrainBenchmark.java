package io.freshet.benchmarks.libtorch;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.benchmarks.EngineTrainer;
import io.freshet.benchmarks.SequenceTrainer;
import io.freshet.benchmarks.TrainingWorkload;
import io.freshet.kernel.Precision;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Trains the same model on the same batch in the engine and in libtorch, turn by turn, and compares. */
@Command(
        name = "freshet bench train",
        description = "Training throughput and encode latency beside libtorch, in one process, turn by turn.",
        mixinStandardHelpOptions = true)
public final class TrainBenchmark implements Callable<Integer> {
    @Option(names = "--presets", split = ",", description = "small, gr-parity (default: both)")
    private List<String> presets = List.of("small", "gr-parity");

    @Option(names = "--histories", split = ",", description = "lengths (default: 50, 200, 500)")
    private List<Integer> histories = List.of(50, 200, 500);

    @Option(names = "--threads", split = ",", description = "threads (default: 1, 2)")
    private List<Integer> threads = List.of(1, 2);

    @Option(names = "--precision", description = "of the engine's products: f32, or bf16 beside f32")
    private Precision precision = Precision.F32;

    @Option(names = "--turns", description = "turns of both (default: ${DEFAULT-VALUE})")
    private int turns = 12;

    @Option(names = "--report", description = "writes the result as JSON")
    private @Nullable Path report;

    private final ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private final ArrayNode rows = json.createArrayNode();

    /** Runs and exits. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new TrainBenchmark())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    /** Best and median seconds of one trainer's turns. */
    private record Times(double best, double median) {
        static Times of(double[] seconds) {
            double[] sorted = seconds.clone();
            Arrays.sort(sorted);
            return new Times(sorted[0], sorted[sorted.length / 2]);
        }
    }

    @Override
    public Integer call() throws Exception {
        System.out.printf(
                "%-10s %8s %8s | %22s | %22s | %6s | %12s | %6s%n",
                "preset", "history", "threads", "freshet tokens/s", "libtorch tokens/s", "ratio", "encode us", "ratio");
        for (String preset : presets) {
            for (int history : histories) {
                for (int count : threads) {
                    compare(TrainingWorkload.of(preset, history), count);
                }
            }
        }
        if (report != null) {
            ObjectNode root = json.createObjectNode();
            root.put("java", System.getProperty("java.version"));
            root.put("processors", Runtime.getRuntime().availableProcessors());
            root.put("turns", turns);
            root.put("precision", precision.toString());
            root.set("rows", rows);
            json.writeValue(report.toFile(), root);
        }
        return 0;
    }

    private void compare(TrainingWorkload workload, int count) {
        try (EngineTrainer engine = new EngineTrainer(workload, count, precision);
                EngineTrainer float32 =
                        precision == Precision.F32 ? null : new EngineTrainer(workload, count, Precision.F32);
                LibtorchTrainer peer = new LibtorchTrainer(workload, engine.weights(), count)) {
            for (int warm = 0; warm < 3; warm++) {
                double mine = engine.step();
                double theirs = peer.step();
                if (workload.negatives() == 0 && Math.abs(mine - theirs) > tolerance() * Math.abs(theirs)) {
                    throw new IllegalStateException(
                            "step " + warm + " of " + workload.preset() + ": the engine's loss is " + mine
                                    + ", libtorch's " + theirs + ": they do not compute the same model");
                }
            }
            warmUp(engine);
            warmUp(peer);
            if (float32 != null) {
                warmUp(float32);
            }
            double[] mine = new double[turns];
            double[] theirs = new double[turns];
            double[] plain = new double[turns];
            double[] myEncode = new double[turns];
            double[] theirEncode = new double[turns];
            for (int turn = 0; turn < turns; turn++) {
                mine[turn] = seconds(engine::step);
                theirs[turn] = seconds(peer::step);
                plain[turn] = float32 == null ? 0 : seconds(float32::step);
                myEncode[turn] = seconds(engine::encode);
                theirEncode[turn] = seconds(peer::encode);
            }
            print(workload, count, Times.of(mine), Times.of(theirs), Times.of(myEncode), Times.of(theirEncode));
            if (float32 != null) {
                printBeside(workload, Times.of(mine), Times.of(plain));
            }
        }
    }

    /** How far the losses of the first steps may be apart: libtorch's products are float32. */
    private double tolerance() {
        return precision == Precision.BF16 ? 1e-2 : 2e-3;
    }

    private static void warmUp(SequenceTrainer trainer) {
        long end = System.nanoTime() + 4_000_000_000L;
        while (System.nanoTime() < end) {
            trainer.step();
            for (int i = 0; i < 20; i++) {
                trainer.encode();
            }
        }
    }

    private static double seconds(Runnable body) {
        long start = System.nanoTime();
        body.run();
        return (System.nanoTime() - start) / 1e9;
    }

    private void print(TrainingWorkload w, int count, Times mine, Times theirs, Times myEncode, Times theirEncode) {
        double tokens = w.positions();
        System.out.printf(
                "%-10s %8d %8d | %10.0f (%9.0f) | %10.0f (%9.0f) | %6.2f | %5.0f %6.0f | %6.2f%n",
                w.preset(),
                w.length(),
                count,
                tokens / mine.median,
                tokens / mine.best,
                tokens / theirs.median,
                tokens / theirs.best,
                theirs.median / mine.median,
                1e6 * myEncode.median,
                1e6 * theirEncode.median,
                theirEncode.median / myEncode.median);
        ObjectNode row = rows.addObject();
        row.put("preset", w.preset());
        row.put("history", w.length());
        row.put("threads", count);
        row.put("tokens_per_second", tokens / mine.median);
        row.put("tokens_per_second_best", tokens / mine.best);
        row.put("libtorch_tokens_per_second", tokens / theirs.median);
        row.put("libtorch_tokens_per_second_best", tokens / theirs.best);
        row.put("training_ratio", theirs.median / mine.median);
        row.put("encode_micros", 1e6 * myEncode.median);
        row.put("libtorch_encode_micros", 1e6 * theirEncode.median);
        row.put("encode_ratio", theirEncode.median / myEncode.median);
    }

    /** The engine in float32, in the same turns. */
    private void printBeside(TrainingWorkload w, Times mine, Times plain) {
        System.out.printf(
                "%-10s %8s %8s | %10.0f (%9.0f) | %s %.2f%n",
                "",
                "",
                "in f32",
                w.positions() / plain.median,
                w.positions() / plain.best,
                "ratio of medians",
                plain.median / mine.median);
        ObjectNode row = (ObjectNode) rows.get(rows.size() - 1);
        row.put("f32_tokens_per_second", w.positions() / plain.median);
        row.put("f32_tokens_per_second_best", w.positions() / plain.best);
        row.put("f32_ratio", plain.median / mine.median);
    }
}
