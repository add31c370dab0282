package io.freshet.verification.faults;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs seeds of faults, one after the other, and says which held. */
@Command(
        name = "freshet bench faults",
        description = {
            "A broker, a Flink cluster, a scorer and a writer as processes, killed, paused, cut off and rescaled at",
            "moments that follow from a seed. The log has transactions, partitions that are silent, end or are added,",
            "and clocks that are wrong. Afterwards the model must have the bits of an undisturbed run, every accepted",
            "event must have been applied exactly once, the ticks must be those that the log allows, the scorer must",
            "hold the learner's state, and every call must have been answered. Ends with 1 if something did not hold."
        },
        mixinStandardHelpOptions = true)
public final class FaultBenchmark implements Callable<Integer> {
    @Option(names = "--seeds", description = "runs (default: ${DEFAULT-VALUE})")
    private int seeds = 3;

    @Option(names = "--first-seed", description = "seed of the first run (default: ${DEFAULT-VALUE})")
    private long firstSeed = 1;

    @Option(names = "--seed", description = "one run, of this seed: replays its plan")
    private @Nullable Long seed;

    @Option(names = "--faults", description = "faults of a run (default: ${DEFAULT-VALUE}: every kind once)")
    private int faults = 17;

    @Option(
            names = "--kinds",
            split = ",",
            paramLabel = "KIND",
            description = "what may happen, such as kill-broker,rescale (default: everything)")
    private List<String> kinds = List.of();

    @Option(names = "--job-jar", required = true, description = "the job's jar")
    private Path jar = Path.of(".");

    @Option(names = "--work-dir", description = "keeps everything there (default: a temporary directory)")
    private @Nullable Path work;

    @Option(names = "--report", description = "writes the result as JSON")
    private @Nullable Path report;

    /** Runs and exits. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new FaultBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        Path root = (work == null ? Files.createTempDirectory("freshet-faults-") : Files.createDirectories(work))
                .toAbsolutePath();
        long first = seed == null ? firstSeed : seed;
        long behind = seed == null ? firstSeed + seeds : seed + 1;
        List<Outcome> outcomes = new ArrayList<>();
        for (long one = first; one < behind; one++) {
            FaultPlan plan = FaultPlan.of(one, faults, kinds());
            System.out.printf(
                    "seed %d: %d partitions, one more later, %d TaskManagers, and%n",
                    one, plan.layout().atFirst(), plan.taskManagers());
            plan.steps().forEach(step -> System.out.println("    - " + step));
            Outcome outcome = FaultRun.run(plan, root.resolve("seed-" + one), jar.toAbsolutePath());
            outcomes.add(outcome);
            FaultReport.print(outcome);
            if (report != null) {
                FaultReport.write(report, outcomes);
            }
        }
        List<Long> failed = outcomes.stream()
                .filter(outcome -> !outcome.held())
                .map(outcome -> outcome.plan().seed())
                .toList();
        System.out.println(
                failed.isEmpty()
                        ? "all held"
                        : "NOT all held: seeds " + failed + "; see " + root + ", and run one again with --seed");
        return failed.isEmpty() ? 0 : 1;
    }

    private List<FaultPlan.Kind> kinds() {
        if (kinds.isEmpty()) {
            return List.of(FaultPlan.Kind.values());
        }
        return kinds.stream()
                .map(name -> Arrays.stream(FaultPlan.Kind.values())
                        .filter(kind -> kind.label().equals(name))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("--kinds " + name + ": expected some of "
                                + Arrays.stream(FaultPlan.Kind.values())
                                        .map(FaultPlan.Kind::label)
                                        .toList())))
                .toList();
    }
}
