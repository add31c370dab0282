package io.freshet.cli;

import io.freshet.dataset.Datasets;
import io.freshet.dataset.EventStream;
import io.freshet.evaluate.EpochEvaluation;
import io.freshet.evaluate.EpochEvaluation.Outcome;
import io.freshet.evaluate.RankingMetrics;
import io.freshet.evaluate.Split;
import io.freshet.evaluate.TrainingConfig;
import io.freshet.evaluate.UserSequences;
import io.freshet.evaluate.stream.PeriodEvaluation;
import io.freshet.evaluate.stream.PeriodResult;
import io.freshet.evaluate.stream.StreamConfig;
import io.freshet.evaluate.stream.StreamEvaluation;
import io.freshet.evaluate.stream.StreamResult;
import io.freshet.kernel.Device;
import io.freshet.kernel.Precision;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.Architecture;
import io.freshet.model.Hstu;
import io.freshet.model.ModelConfig;
import io.freshet.model.SasRec;
import io.freshet.schema.BehaviourEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains models in epochs on a data set and ranks what was held out, by a published protocol. */
@Command(
        name = "evaluate",
        description = {
            "Trains models in epochs on a data set and ranks what was held out, among all items.",
            "Protocols: leave-one-out (last interaction of every user), temporal (one instant for all users),",
            "prequential (a stream: every event ranked before it is learned from, once, beside baselines),",
            "period-frozen (a stream: what was learned by the end of a period is tested on the next)."
        },
        mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
    @Option(names = "--dataset", required = true, description = "name of a data set, as in docs/data-sets.md")
    private String dataset = "";

    @Option(names = "--path", description = "its file or directory")
    private @Nullable Path path;

    @Option(
            names = "--protocol",
            description = "leave-one-out, temporal, prequential, period-frozen (default: ${DEFAULT-VALUE})")
    private String protocol = "leave-one-out";

    @Option(
            names = "--models",
            split = ",",
            description = "any of sasrec, gr-parity, gr-parity-large, small (default: ${DEFAULT-VALUE})")
    private List<String> models = List.of("gr-parity");

    @Option(names = "--no-time-bias", description = "takes the relative time bias out")
    private boolean noTimeBias;

    @Option(names = "--seeds", split = ",", description = "one run each (default: ${DEFAULT-VALUE})")
    private List<Long> seeds = List.of(1L);

    @Option(names = "--epochs", description = "most epochs (default: ${DEFAULT-VALUE})")
    private int epochs = 101;

    @Option(names = "--patience", description = "validations without gain before it stops (default: ${DEFAULT-VALUE})")
    private int patience = 10;

    @Option(names = "--validate-every", description = "epochs between validations (default: ${DEFAULT-VALUE})")
    private int validateEvery = 2;

    @Option(names = "--batch", description = "sequences in a step (default: ${DEFAULT-VALUE})")
    private int batch = 128;

    @Option(names = "--negatives", description = "negatives of each position; 0: softmax over all items")
    private @Nullable Integer negatives;

    @Option(names = "--dropout", description = "rate (default: ${DEFAULT-VALUE})")
    private float dropout = 0.2f;

    @Option(names = "--learning-rate", description = "AdamW's rate (default: ${DEFAULT-VALUE})")
    private float learningRate = 1e-3f;

    @Option(names = "--limit", description = "reads this many events at most; 0: all")
    private long limit;

    @Option(names = "--repeats", description = "items of a user's past may be recommended again")
    private boolean repeats;

    @Option(names = "--threads", description = "threads; the result does not depend on it (default: all cores)")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--precision", description = "of matrix products: f32, bf16 (default: ${DEFAULT-VALUE})")
    private Precision precision = Precision.F32;

    @Option(names = "--report", description = "writes the result as JSON")
    private @Nullable Path report;

    @Option(names = "--plot", description = "writes the learning curves as SVG")
    private @Nullable Path plot;

    @Mixin
    private StreamOptions stream = new StreamOptions();

    @Override
    public Integer call() throws Exception {
        if (protocol.equals("prequential")) {
            return prequential();
        }
        if (protocol.equals("period-frozen")) {
            return periodFrozen();
        }
        UserSequences data = read().withAtLeast(2);
        Split split = split(data);
        System.out.printf(
                "%s: %,d users, %,d items, %,d interactions; %,d validation and %,d test targets, full ranking%n",
                dataset,
                data.sequences().size(),
                data.items(),
                data.interactions(),
                split.validation().size(),
                split.test().size());
        Map<Architecture, List<Outcome>> outcomes = new LinkedHashMap<>();
        for (String model : models) {
            for (long seed : seeds) {
                Architecture architecture = architecture(model, seed);
                try (Device device = CpuDevices.of(precision)) {
                    EvaluationProgress progress = new EvaluationProgress(architecture.name(), seed, epochs);
                    Outcome outcome = EpochEvaluation.run(architecture, training(model, seed), split, device, progress);
                    progress.done(outcome);
                    outcomes.computeIfAbsent(architecture(model, 0), name -> new ArrayList<>())
                            .add(outcome);
                }
            }
        }
        EvaluationReport result = new EvaluationReport(dataset, protocol, data, outcomes);
        result.print(System.out);
        if (report != null) {
            result.write(report);
        }
        if (plot != null) {
            LearningCurve.write(plot, outcomes);
        }
        return 0;
    }

    private int prequential() throws IOException {
        Map<String, StreamResult> results = new LinkedHashMap<>();
        for (String variant : stream.variants()) {
            try (StreamOptions.Stream events = stream.open(dataset, path, limit);
                    Device device = CpuDevices.of(precision)) {
                StreamConfig config = stream.config(variant, !results.isEmpty());
                long start = System.nanoTime();
                results.put(variant, StreamEvaluation.run(events, config, device, done -> {
                    double seconds = (System.nanoTime() - start) / 1e9;
                    System.out.printf("%s: %,d events, %.0f a second%n", variant, done, done / seconds);
                }));
            }
        }
        StreamReport result = new StreamReport(dataset, results);
        result.print(System.out);
        if (report != null) {
            result.write(report);
        }
        return 0;
    }

    private int periodFrozen() throws IOException {
        try (StreamOptions.Stream events = stream.open(dataset, path, limit);
                Device device = CpuDevices.of(precision)) {
            long start = System.nanoTime();
            PeriodResult result = PeriodEvaluation.run(events, stream.periods(), device, (period, mrr10) -> {
                if (period >= 0) {
                    System.out.printf("period %d over, %.0f s%n", period, (System.nanoTime() - start) / 1e9);
                    mrr10.forEach((name, value) -> System.out.printf("    %-62s MRR@10 %.4f%n", name, value));
                }
            });
            PeriodReport table = new PeriodReport(dataset, result);
            table.print(System.out);
            if (report != null) {
                table.write(report);
            }
            if (plot != null) {
                table.plot(plot);
            }
        }
        return 0;
    }

    private UserSequences read() {
        UserSequences.Builder builder = new UserSequences.Builder();
        try (EventStream events = Datasets.open(dataset, path)) {
            for (long n = 0; events.hasNext() && (limit == 0 || n < limit); n++) {
                BehaviourEvent event = events.next();
                builder.add(event.subject(), event.itemId(), event.action().code(), event.eventTimeMillis());
            }
        }
        return builder.build();
    }

    private Split split(UserSequences data) {
        return switch (protocol) {
            case "leave-one-out" -> Split.leaveOneOut(data);
            case "temporal" -> Split.temporal(data, 0.8, 0.9);
            default ->
                throw new IllegalArgumentException("unknown protocol " + protocol
                        + "; known are leave-one-out, temporal, prequential, period-frozen");
        };
    }

    private Architecture architecture(String model, long seed) {
        return switch (model) {
            case "sasrec" -> SasRec.published();
            case "gr-parity" -> new Hstu(name(model), ModelConfig.research(noTimeBias ? 1 : 128, seed));
            case "gr-parity-large" -> new Hstu(name(model), ModelConfig.researchLarge(noTimeBias ? 1 : 128, seed));
            case "small" -> new Hstu(name(model), ModelConfig.smallInEpochs(noTimeBias ? 1 : 72, seed));
            default ->
                throw new IllegalArgumentException(
                        "unknown model " + model + "; known are sasrec, gr-parity, gr-parity-large, small");
        };
    }

    private String name(String model) {
        return noTimeBias ? model + " (no time bias)" : model;
    }

    private TrainingConfig training(String model, long seed) {
        int sampled = negatives != null ? negatives : model.equals("small") ? 0 : 128;
        return new TrainingConfig(
                epochs, batch, sampled, dropout, learningRate, validateEvery, patience, !repeats, 8, threads, seed);
    }

    /** Shows epochs, validations and the time left at most. */
    private static final class EvaluationProgress implements EpochEvaluation.Progress {
        private final String model;
        private final long seed;
        private final int epochs;
        private final long start = System.nanoTime();

        EvaluationProgress(String model, long seed, int epochs) {
            this.model = model;
            this.seed = seed;
            this.epochs = epochs;
        }

        @Override
        public void epoch(int epoch, double loss) {
            double seconds = (System.nanoTime() - start) / 1e9;
            String bar = "#".repeat(20 * epoch / epochs) + ".".repeat(20 - 20 * epoch / epochs);
            System.out.printf(
                    "%s seed %d [%s] epoch %d of at most %d, loss %.4f, %.0f s, at most %.0f s left%n",
                    model, seed, bar, epoch, epochs, loss, seconds, seconds / epoch * (epochs - epoch));
        }

        @Override
        public void validated(EpochEvaluation.Validation v) {
            RankingMetrics m = v.validation();
            System.out.printf("    validation HR@10 %.4f NDCG@10 %.4f%n", m.hitRatio10(), m.ndcg10());
        }

        void done(Outcome outcome) {
            System.out.printf(
                    "%s seed %d: test HR@10 %.4f NDCG@10 %.4f with the weights of epoch %d%n",
                    model, seed, outcome.test().hitRatio10(), outcome.test().ndcg10(), outcome.bestEpoch());
        }
    }
}
