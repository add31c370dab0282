package io.freshet.benchmarks.scan;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How the best items are found: float32 beside int8. */
@Command(
        name = "freshet bench scan",
        description =
                "Measures the search for the best items: every item in float32 beside int8 with bounds. With a data"
                        + " set, on learned rows, and that all answers are the same; without, on made ones.",
        mixinStandardHelpOptions = true,
        footer = "Example: freshet bench scan --dataset online-retail --events 100000")
public final class ScanBenchmark implements Callable<Integer> {
    @Option(names = "--dataset", description = "name of a data set; none: made rows")
    private @Nullable String dataset;

    @Option(names = "--path", description = "its file or directory")
    private @Nullable Path path;

    @Option(names = "--events", description = "events to learn from (default: ${DEFAULT-VALUE})")
    private int events = 100_000;

    @Option(names = "--queries", description = "last users that are asked for (default: ${DEFAULT-VALUE})")
    private int queries = 1000;

    @Option(names = "--items", split = ",", description = "made rows (default: ${DEFAULT-VALUE})")
    private List<Integer> items = List.of(100_000, 1_000_000);

    public static void main(String[] args) {
        System.exit(new CommandLine(new ScanBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (dataset != null) {
            return learned(dataset);
        }
        items.forEach(MadeScan::run);
        return 0;
    }

    private int learned(String name) throws Exception {
        LearnedScan scan = new LearnedScan();
        scan.learn(name, path, events, queries);
        boolean same = true;
        for (int k : new int[] {10, 100}) {
            LearnedScan.Outcome o = scan.ask(k);
            same &= o.same() == o.queries();
            System.out.printf("%d of %d items, %d queries, %d the same%n", k, o.items(), o.queries(), o.same());
            System.out.printf(
                    "  scored: mean %.0f, median %.0f, p99 %.0f, most %.0f%n",
                    o.scored()[0], o.scored()[1], o.scored()[2], o.scored()[3]);
            System.out.printf(
                    "  recommendation, us: float32 %.0f, int8 %.0f; first of a tick: float32 %.0f, int8 %.0f%n",
                    o.micros()[0], o.micros()[1], o.micros()[2], o.micros()[3]);
        }
        return same ? 0 : 1;
    }
}
