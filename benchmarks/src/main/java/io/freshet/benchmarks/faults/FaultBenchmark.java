package io.freshet.benchmarks.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.cli.EmbeddedBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs seeds of faults, one after the other, and says which held. */
@Command(
        name = "freshet bench faults",
        description = {
            "A Flink cluster of processes and a scorer, killed, paused and rescaled at random moments while a log is",
            "written; the model must end with the bits of an undisturbed run, and scoring must go on."
        },
        mixinStandardHelpOptions = true)
public final class FaultBenchmark implements Callable<Integer> {
    @Option(names = "--seeds", description = "runs (default: ${DEFAULT-VALUE})")
    private int seeds = 3;

    @Option(names = "--first-seed", description = "seed of the first run (default: ${DEFAULT-VALUE})")
    private long firstSeed = 1;

    @Option(names = "--events", description = "events of a run's log (default: ${DEFAULT-VALUE})")
    private int events = 9_000;

    @Option(names = "--rate", description = "events written a second (default: ${DEFAULT-VALUE})")
    private int rate = 200;

    @Option(names = "--partitions", description = "partitions of the log (default: ${DEFAULT-VALUE})")
    private int partitions = 3;

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
        Path root = work == null ? Files.createTempDirectory("freshet-faults-") : Files.createDirectories(work);
        List<FaultRun.Outcome> outcomes = new ArrayList<>();
        try (EmbeddedBroker broker = EmbeddedBroker.start(root.resolve("kafka"), 0)) {
            for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
                String topic = "freshet.faults." + seed;
                EmbeddedBroker.createTopics(
                        broker.bootstrapServers(),
                        Map.of(
                                topic,
                                partitions,
                                topic + ".changes",
                                1,
                                topic + ".undisturbed",
                                1,
                                topic + ".dlq",
                                1,
                                "freshet.quality.v1",
                                1));
                FaultRun.Plan plan = new FaultRun.Plan(
                        root.toAbsolutePath(),
                        jar.toAbsolutePath(),
                        broker.bootstrapServers(),
                        topic,
                        partitions,
                        events,
                        rate);
                FaultRun.Outcome outcome = FaultRun.run(plan, seed);
                outcomes.add(outcome);
                print(outcome);
            }
        }
        if (report != null) {
            write(report, outcomes);
        }
        boolean good = outcomes.stream().allMatch(FaultRun.Outcome::good);
        System.out.println(good ? "all held" : "NOT all held; see " + root + " and run the seed again");
        return good ? 0 : 1;
    }

    private static void print(FaultRun.Outcome outcome) {
        System.out.printf(
                "seed %d: %s; same bits: %s; scorer followed to the end: %s; %d answers, %d of them marked stale, %d"
                        + " calls without an answer; %.0f s%n",
                outcome.seed(),
                outcome.good() ? "held" : "FAILED",
                outcome.sameDigests(),
                outcome.followed(),
                outcome.answers(),
                outcome.marked(),
                outcome.unanswered(),
                outcome.seconds());
        outcome.faults().forEach(fault -> System.out.println("    " + fault));
    }

    private static void write(Path file, List<FaultRun.Outcome> outcomes) throws java.io.IOException {
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ArrayNode rows = json.createArrayNode();
        for (FaultRun.Outcome outcome : outcomes) {
            ObjectNode row = rows.addObject();
            row.put("seed", outcome.seed());
            row.put("held", outcome.good());
            row.put("same_digests", outcome.sameDigests());
            row.put("scorer_followed", outcome.followed());
            row.put("answers", outcome.answers());
            row.put("answers_marked_stale", outcome.marked());
            row.put("unanswered", outcome.unanswered());
            row.put("seconds", outcome.seconds());
            ArrayNode faults = row.putArray("faults");
            outcome.faults().forEach(faults::add);
        }
        json.writeValue(file.toFile(), rows);
    }
}
