package io.freshet.cli.evaluate;

import io.freshet.cli.options.DataOptions;
import io.freshet.cli.options.ExitCode;
import io.freshet.cli.options.UsageException;
import io.freshet.cli.progress.EvaluateProgress;
import io.freshet.cli.progress.Progress;
import io.freshet.cli.progress.ProgressThread;
import io.freshet.dataset.EventStream;
import io.freshet.evaluate.RankingMetrics;
import io.freshet.evaluate.TrainingConfig;
import io.freshet.evaluate.epochs.EpochEvaluation;
import io.freshet.evaluate.epochs.EpochEvaluation.Outcome;
import io.freshet.evaluate.epochs.Split;
import io.freshet.evaluate.epochs.UserSequences;
import io.freshet.evaluate.stream.PeriodEvaluation;
import io.freshet.evaluate.stream.PeriodResult;
import io.freshet.evaluate.stream.StreamConfig;
import io.freshet.evaluate.stream.StreamEvaluation;
import io.freshet.evaluate.stream.StreamResult;
import io.freshet.kernel.Device;
import io.freshet.kernel.Precision;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.Architecture;
import io.freshet.model.ModelConfig;
import io.freshet.model.hstu.Hstu;
import io.freshet.model.sasrec.SasRec;
import io.freshet.schema.BehaviourEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Trains models in epochs on a data set and ranks what was held out, by a published protocol. */
@Command(
        name = "evaluate",
        description = {
            "Trains models in epochs on a data set and ranks what was held out, among all items.",
            "Protocols: leave-one-out (last interaction of every user), temporal (one instant for all users),",
            "prequential (a stream: every event ranked before it is learned from, once, beside baselines),",
            "period-frozen (a stream: what was learned by the end of a period is tested on the next).",
            "Says on stderr, in a line every five seconds, where it stands."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "Exit codes: 0 done, 1 the data cannot be read or evaluated, 2 usage.",
            "Example: freshet evaluate --dataset online-retail --protocol prequential --limit 20000"
        })
public final class EvaluateCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private DataOptions data = new DataOptions();

    @Option(names = "--protocol", description = "leave-one-out, temporal, prequential, period-frozen")
    private String protocol = ProtocolOptions.LEAVE_ONE_OUT;

    @Option(names = "--models", split = ",", description = "any of sasrec, gr-parity, gr-parity-large, small")
    private List<String> models = List.of("gr-parity");

    @Option(names = "--no-time-bias", description = "takes the relative time bias out")
    private boolean noTimeBias;

    @Option(names = "--seeds", split = ",", description = "one run each")
    private List<Long> seeds = List.of(1L);

    @Option(names = "--epochs", description = "most epochs")
    private int epochs = 101;

    @Option(names = "--patience", description = "validations without gain before it stops")
    private int patience = 10;

    @Option(names = "--validate-every", description = "epochs between validations")
    private int validateEvery = 2;

    @Option(names = "--batch", description = "sequences in a step")
    private int batch = 128;

    @Option(names = "--negatives", description = "negatives of each position; 0: softmax over all items")
    private @Nullable Integer negatives;

    @Option(names = "--dropout", description = "rate")
    private float dropout = 0.2f;

    @Option(names = "--learning-rate", description = "AdamW's rate")
    private float learningRate = 1e-3f;

    @Option(names = "--limit", description = "reads this many events at most; 0: all")
    private long limit;

    @Option(names = "--repeats", description = "items of a user's past may be recommended again")
    private boolean repeats;

    @Option(names = "--threads", description = "threads; the result does not depend on it; all cores if absent")
    private @Nullable Integer threads;

    @Option(names = "--precision", description = "of matrix products: f32, bf16")
    private Precision precision = Precision.F32;

    @Option(names = "--report", description = "writes the result as JSON")
    private @Nullable Path report;

    @Option(names = "--plot", description = "writes the learning curves as SVG")
    private @Nullable Path plot;

    @Mixin
    private StreamOptions stream = new StreamOptions();

    private final Progress lines = Progress.on(System.err);
    private final EvaluateProgress progress = new EvaluateProgress("reading", System::nanoTime);

    @Override
    public Integer call() throws Exception {
        ParseResult line = Objects.requireNonNull(spec).commandLine().getParseResult();
        ProtocolOptions.require(protocol, line::hasMatchedOption);
        if (limit < 0) {
            throw new UsageException("--limit " + limit + ": expected 0 or more");
        }
        if (isStream()) {
            stream.check();
        } else {
            models.forEach(model -> training(model, 0));
            models.forEach(model -> architecture(model, 0));
        }
        return ProgressThread.during(lines, progress::line, this::evaluate);
    }

    private boolean isStream() {
        return protocol.equals(ProtocolOptions.PREQUENTIAL) || protocol.equals(ProtocolOptions.PERIOD_FROZEN);
    }

    private int evaluate() throws Exception {
        switch (protocol) {
            case ProtocolOptions.PREQUENTIAL -> prequential();
            case ProtocolOptions.PERIOD_FROZEN -> periodFrozen();
            default -> epochs();
        }
        return ExitCode.OK;
    }

    /** Opens the data; what cannot be read of them is said at their end. */
    private EventStream open() {
        return data.open(note -> lines.say("evaluate: " + note));
    }

    private void told(EventStream events) {
        if (events.malformedLines() > 0) {
            lines.say("evaluate: " + events.told());
        }
    }

    private void epochs() throws Exception {
        UserSequences all = read();
        UserSequences data = all.withAtLeast(2);
        if (data.sequences().isEmpty()) {
            throw new IllegalStateException(String.format(
                    "none of the %,d users has two interactions (of %,d): there is nothing to hold out",
                    all.sequences().size(), all.interactions()));
        }
        Split split = split(data);
        split.requireParts();
        System.out.printf(
                "%s: %,d users, %,d items, %,d interactions; %,d validation and %,d test targets, full ranking%n",
                this.data.name(),
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
                    EvaluationProgress told = new EvaluationProgress(architecture.name(), seed, epochs, progress);
                    Outcome outcome = EpochEvaluation.run(architecture, training(model, seed), split, device, told);
                    told.done(outcome);
                    outcomes.computeIfAbsent(architecture(model, 0), name -> new ArrayList<>())
                            .add(outcome);
                }
            }
        }
        EvaluationReport result = new EvaluationReport(this.data.name(), protocol, data, outcomes);
        result.print(System.out);
        if (report != null) {
            result.write(report);
        }
        if (plot != null) {
            LearningCurve.write(plot, outcomes);
        }
    }

    private void prequential() throws IOException {
        Map<String, StreamResult> results = new LinkedHashMap<>();
        for (String variant : stream.variants()) {
            StreamConfig config = stream.config(variant, !results.isEmpty());
            try (EventStream source = open();
                    StreamOptions.Stream events = stream.open(source, limit, progress::event);
                    Device device = CpuDevices.of(precision)) {
                progress.doing("variant " + variant);
                results.put(
                        variant,
                        StreamEvaluation.run(
                                events,
                                config,
                                device,
                                (done, ratio) -> progress.quality(String.format("HR@10 %.4f so far", ratio))));
                told(source);
            }
        }
        StreamReport result = new StreamReport(data.name(), results);
        result.print(System.out);
        if (report != null) {
            result.write(report);
        }
    }

    private void periodFrozen() throws IOException {
        Map<String, PeriodResult> results = new LinkedHashMap<>();
        for (String variant : stream.variants()) {
            try (EventStream source = open();
                    StreamOptions.Stream events = stream.open(source, limit, progress::event);
                    Device device = CpuDevices.of(precision)) {
                progress.doing("variant " + variant);
                long start = System.nanoTime();
                results.put(
                        variant,
                        PeriodEvaluation.run(
                                events,
                                stream.periods(variant, !results.isEmpty()),
                                device,
                                (period, mrr10) -> over(variant, period, mrr10, start)));
                told(source);
            }
        }
        PeriodReport result = new PeriodReport(data.name(), results);
        result.print(System.out);
        if (report != null) {
            result.write(report);
        }
        if (plot != null) {
            result.plot(plot);
        }
    }

    private void over(String variant, int period, Map<String, Double> mrr10, long start) {
        if (period >= 0) {
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf("variant %s: period %d over, %.0f s%n", variant, period, seconds);
            progress.quality("period " + period + " is over");
            mrr10.forEach((name, value) -> System.out.printf("    %-62s MRR@10 %.4f%n", name, value));
        }
    }

    private UserSequences read() {
        UserSequences.Builder builder = new UserSequences.Builder();
        try (EventStream events = open()) {
            for (long n = 0; events.hasNext() && (limit == 0 || n < limit); n++) {
                BehaviourEvent event = events.next();
                progress.event();
                builder.add(event.subject(), event.itemId(), event.action().code(), event.eventTimeMillis());
            }
            told(events);
        }
        return builder.build();
    }

    private Split split(UserSequences data) {
        return switch (protocol) {
            case ProtocolOptions.TEMPORAL -> Split.temporal(data, 0.8, 0.9);
            default -> Split.leaveOneOut(data);
        };
    }

    private Architecture architecture(String model, long seed) {
        return switch (model) {
            case "sasrec" -> SasRec.published();
            case "gr-parity" -> new Hstu(name(model), ModelConfig.research(noTimeBias ? 1 : 128, seed));
            case "gr-parity-large" -> new Hstu(name(model), ModelConfig.researchLarge(noTimeBias ? 1 : 128, seed));
            case "small" -> new Hstu(name(model), ModelConfig.smallInEpochs(noTimeBias ? 1 : 72, seed));
            default ->
                throw new UsageException(
                        "unknown model " + model + "; known are sasrec, gr-parity, gr-parity-large, small");
        };
    }

    private String name(String model) {
        return noTimeBias ? model + " (no time bias)" : model;
    }

    private TrainingConfig training(String model, long seed) {
        int sampled = negatives != null ? negatives : model.equals("small") ? 0 : 128;
        int all = threads != null ? threads : Runtime.getRuntime().availableProcessors();
        try {
            return new TrainingConfig(
                    epochs, batch, sampled, dropout, learningRate, validateEvery, patience, !repeats, 8, all, seed);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Shows epochs, validations and the time left at most. */
    private static final class EvaluationProgress implements EpochEvaluation.Progress {
        private final String model;
        private final long seed;
        private final int epochs;
        private final EvaluateProgress line;
        private final long start = System.nanoTime();

        EvaluationProgress(String model, long seed, int epochs, EvaluateProgress line) {
            this.line = line;
            line.doing(model + " seed " + seed + ", epoch 1 of at most " + epochs);
            this.model = model;
            this.seed = seed;
            this.epochs = epochs;
        }

        @Override
        public void epoch(int epoch, double loss) {
            double seconds = (System.nanoTime() - start) / 1e9;
            line.doing(model + " seed " + seed + ", epoch " + (epoch + 1) + " of at most " + epochs);
            String bar = "#".repeat(20 * epoch / epochs) + ".".repeat(20 - 20 * epoch / epochs);
            System.out.printf(
                    "%s seed %d [%s] epoch %d of at most %d, loss %.4f, %.0f s, at most %.0f s left%n",
                    model, seed, bar, epoch, epochs, loss, seconds, seconds / epoch * (epochs - epoch));
        }

        @Override
        public void validated(EpochEvaluation.Validation v) {
            RankingMetrics m = v.validation();
            line.quality(String.format("validation HR@10 %.4f", m.hitRatio10()));
            System.out.printf("    validation HR@10 %.4f NDCG@10 %.4f%n", m.hitRatio10(), m.ndcg10());
        }

        void done(Outcome outcome) {
            System.out.printf(
                    "%s seed %d: test HR@10 %.4f NDCG@10 %.4f with the weights of epoch %d%n",
                    model, seed, outcome.test().hitRatio10(), outcome.test().ndcg10(), outcome.bestEpoch());
        }
    }
}
