package io.freshet.benchmarks.parallel;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.freshet.cli.evaluate.LoggedEvents;
import io.freshet.dataset.Datasets;
import io.freshet.dataset.EventStream;
import io.freshet.train.LearnerConfig;
import io.freshet.train.exchange.Compression;
import io.freshet.train.exchange.Compression.Gradients;
import io.freshet.train.exchange.Compression.Rows;
import io.freshet.train.tick.LogEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Learners that share a job's work over loopback sockets, with and without compression. */
@Command(
        name = "freshet bench parallel",
        description = "Measures several learners of one job: tokens a second, bytes on the wire, balance, quality;"
                + " and that all numbers of them end with the same bits.",
        mixinStandardHelpOptions = true,
        footer = "Example: freshet bench parallel --events 20000 --learners 1,2,4")
public final class ParallelBenchmark implements Callable<Integer> {
    @Option(names = "--dataset", description = "name of a data set (default: ${DEFAULT-VALUE})")
    private String dataset = "online-retail";

    @Option(names = "--path", description = "its file or directory")
    private @Nullable Path path;

    @Option(names = "--events", description = "events (default: ${DEFAULT-VALUE})")
    private int events = 20_000;

    @Option(names = "--tick-events", description = "events in a tick (default: ${DEFAULT-VALUE})")
    private int tickEvents = 200;

    @Option(names = "--learners", split = ",", description = "numbers of learners (default: ${DEFAULT-VALUE})")
    private List<Integer> learners = List.of(1, 2, 4);

    @Option(names = "--report", description = "writes the result as JSON")
    private @Nullable Path report;

    public static void main(String[] args) {
        System.exit(new CommandLine(new ParallelBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        List<List<LogEvent>> ticks = ticks();
        Map<String, Compression> forms = new LinkedHashMap<>();
        forms.put("float32", Compression.NONE);
        forms.put("rows bfloat16", new Compression(Rows.BFLOAT16, Gradients.FLOAT32));
        forms.put("gradients one-bit", new Compression(Rows.FLOAT32, Gradients.ONE_BIT));
        forms.put("gradients top-k", new Compression(Rows.FLOAT32, Gradients.TOP_K));
        forms.put("bfloat16 and one-bit", new Compression(Rows.BFLOAT16, Gradients.ONE_BIT));
        System.out.printf(
                "%-22s %8s %10s %12s %10s %10s %8s  %s%n",
                "exchange", "learners", "tokens/s", "bytes/token", "idle own", "idle", "HR@10", "same bits");
        // The first run is the compiler's.
        ParallelRun.run(LearnerConfig.small(), 1, ticks.subList(0, Math.min(ticks.size(), 40)));
        boolean good = true;
        Map<String, List<ParallelRun.Outcome>> results = new LinkedHashMap<>();
        for (Map.Entry<String, Compression> form : forms.entrySet()) {
            LearnerConfig config = LearnerConfig.small().withCompression(form.getValue());
            List<ParallelRun.Outcome> outcomes = new ArrayList<>();
            results.put(form.getKey(), outcomes);
            for (int number : learners) {
                ParallelRun.Outcome one = ParallelRun.run(config, number, ticks);
                outcomes.add(one);
                boolean same = one.digests().equals(outcomes.get(0).digests());
                good &= same;
                System.out.printf(
                        "%-22s %8d %,10.0f %,12.0f %9.1f%% %9.1f%% %8.4f  %s%n",
                        form.getKey(),
                        number,
                        one.tokensPerSecond(),
                        one.bytesPerToken(),
                        100 * one.idleByOwner(),
                        100 * one.idle(),
                        one.hitRatio10(),
                        same ? "yes" : "NO");
            }
        }
        if (report != null) {
            new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(report.toFile(), results);
        }
        return good ? 0 : 1;
    }

    private List<List<LogEvent>> ticks() throws Exception {
        List<List<LogEvent>> ticks = new ArrayList<>();
        try (EventStream stream = Datasets.open(dataset, path)) {
            for (int n = 0; n < events && stream.hasNext(); n++) {
                if (n % tickEvents == 0) {
                    ticks.add(new ArrayList<>());
                }
                ticks.get(ticks.size() - 1).add(LoggedEvents.of(n, stream.next(), 0f));
            }
        }
        return ticks;
    }
}
