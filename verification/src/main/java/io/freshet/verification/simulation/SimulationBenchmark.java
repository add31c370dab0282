package io.freshet.verification.simulation;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.verification.simulation.schedule.Mutation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs seeds of the simulation, one after the other, and says which held. */
@Command(
        name = "freshet bench simulation",
        description = {
            "The product's source, learner, repository and follower in one thread of control, under faults and in fake",
            "time; after every step the state must be that of an undisturbed run. One seed, one schedule."
        },
        mixinStandardHelpOptions = true)
public final class SimulationBenchmark implements Callable<Integer> {
    private static final int MOST_FAILURES = 10;
    private static final int LAST_LINES = 80;

    @Option(names = "--seeds", description = "schedules (default: ${DEFAULT-VALUE})")
    private long seeds = 2000;

    @Option(names = "--first-seed", description = "seed of the first (default: ${DEFAULT-VALUE})")
    private long firstSeed = 1;

    @Option(names = "--seed", description = "runs this seed alone, and what it takes to see why it fails")
    private @Nullable Long seed;

    @Option(names = "--trace", description = "prints everything that happens in the schedule of --seed")
    private boolean traced;

    @Option(names = "--mutation", description = "plants a bug: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private Mutation mutation = Mutation.NONE;

    @Option(names = "--report", description = "writes the result as JSON")
    private @Nullable Path report;

    /** Runs and exits. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new SimulationBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        if (traced && seed == null) {
            System.err.println("--trace prints one schedule: name it with --seed N");
            return 2;
        }
        if (seeds < 1) {
            System.err.println("--seeds " + seeds + " runs nothing: name 1 schedule or more");
            return 2;
        }
        long first = seed == null ? firstSeed : seed;
        long last = seed == null ? firstSeed + seeds - 1 : seed;
        List<Simulation.Outcome> failed = new ArrayList<>();
        Totals totals = new Totals();
        long begun = System.nanoTime();
        try (Simulation simulation = new Simulation(mutation)) {
            for (long at = first; at <= last && failed.size() < MOST_FAILURES; at++) {
                Simulation.Outcome outcome = simulation.run(at);
                totals.add(outcome);
                if (outcome.violation() != null) {
                    failed.add(outcome);
                    System.out.println("seed " + at + " FAILED: " + message(outcome));
                }
            }
            double seconds = (System.nanoTime() - begun) / 1e9;
            if (traced) {
                List<String> lines = new ArrayList<>();
                simulation.run(first, simulation.run(first).faults(), lines);
                lines.forEach(System.out::println);
            } else if (!failed.isEmpty()) {
                explain(simulation, failed.get(0));
            }
            totals.print(seconds);
            if (report != null) {
                write(report, totals, failed, seconds);
            }
        }
        System.out.println(failed.isEmpty() ? "all held" : "NOT all held; --seed N runs one again, --trace shows it");
        return failed.isEmpty() ? 0 : 1;
    }

    private static String message(Simulation.Outcome outcome) {
        return String.valueOf(Objects.requireNonNull(outcome.violation()).getMessage());
    }

    /** The failing schedule with as few faults as it needs, and its last steps. */
    private static void explain(Simulation simulation, Simulation.Outcome failed) {
        Simulation.Outcome smallest = simulation.shrink(failed);
        List<String> lines = new ArrayList<>();
        simulation.run(smallest.seed(), smallest.faults(), lines);
        System.out.println("seed " + smallest.seed() + " with the faults " + smallest.faults() + " of "
                + failed.faults().size() + " ends so:");
        lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()).forEach(System.out::println);
        System.out.println(message(smallest));
        Throwable cause = Objects.requireNonNull(smallest.violation()).getCause();
        if (cause != null) {
            cause.printStackTrace(System.out);
        }
    }

    private void write(Path file, Totals totals, List<Simulation.Outcome> failed, double seconds) throws IOException {
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode all = json.createObjectNode();
        all.put("mutation", mutation.name());
        totals.write(all, seconds);
        ArrayNode rows = all.putArray("failed");
        for (Simulation.Outcome outcome : failed) {
            ObjectNode row = rows.addObject();
            row.put("seed", outcome.seed());
            row.put(
                    "invariant",
                    Objects.requireNonNull(outcome.violation()).invariant().name());
            row.put("message", message(outcome));
        }
        json.writeValue(file.toFile(), all);
    }

    private static final class Totals {
        private long schedules;
        private long steps;
        private long checks;
        private long faults;
        private long restarts;
        private long checkpoints;
        private long bootstraps;
        private long refusals;

        void add(Simulation.Outcome outcome) {
            schedules++;
            steps += outcome.steps();
            checks += outcome.checks();
            faults += outcome.struck();
            restarts += outcome.restarts();
            checkpoints += outcome.checkpoints();
            bootstraps += outcome.bootstraps();
            refusals += outcome.refusals();
        }

        void print(double seconds) {
            System.out.printf(
                    "%d schedules in %.1f s, %.0f a minute: %d steps, %d checks; %d faults, %d restarts, %d"
                            + " checkpoints, %d snapshots restored by followers, %d starts"
                            + " refused%n",
                    schedules,
                    seconds,
                    schedules / seconds * 60,
                    steps,
                    checks,
                    faults,
                    restarts,
                    checkpoints,
                    bootstraps,
                    refusals);
        }

        void write(ObjectNode row, double seconds) {
            row.put("schedules", schedules);
            row.put("seconds", seconds);
            row.put("schedules_per_minute", schedules / seconds * 60);
            row.put("steps", steps);
            row.put("checks", checks);
            row.put("faults", faults);
            row.put("restarts", restarts);
            row.put("checkpoints", checkpoints);
            row.put("follower_bootstraps", bootstraps);
            row.put("refusals", refusals);
        }
    }
}
