package io.freshet.cli;

import io.freshet.cli.options.UsageException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Parameters;

/**
 * The benchmarks' place in the help. They stand beside their peers, whose libraries are large, in modules of their own:
 * the {@code freshet} script builds them when they are asked for, and starts them instead of this.
 */
@Command(
        name = "bench",
        description = {
            "Runs a benchmark; builds it first, which takes some minutes and about 300 MB the first time.",
            "  train       the learner's steps beside libtorch",
            "  kernels     the operators of the devices",
            "  scan        the search for the best items",
            "  parallel    learners that share the work",
            "  catchup     a long log with a hot partition, from its beginning",
            "  faults      processes that are killed and paused, and the bits that come of it",
            "  simulation  schedules of a simulated cluster, and what must never happen in any of them"
        },
        mixinStandardHelpOptions = true,
        footer = "'freshet bench NAME --help' has each one's options. Example: freshet bench kernels")
final class BenchCommand implements Callable<Integer> {
    /** What can be run. */
    static final List<String> NAMES =
            List.of("train", "kernels", "scan", "parallel", "catchup", "faults", "simulation");

    @Parameters(
            paramLabel = "NAME",
            showDefaultValue = Visibility.NEVER,
            arity = "0..*",
            description = "the benchmark, and its own options")
    private List<String> arguments = List.of();

    @Override
    public Integer call() {
        String name = arguments.isEmpty() ? "" : arguments.get(0);
        throw new UsageException(
                NAMES.contains(name)
                        ? "benchmarks are started by the freshet script, which builds them: ./freshet bench " + name
                        : "bench: expected one of " + String.join(", ", NAMES)
                                + (name.isEmpty() ? "" : ", not " + name));
    }
}
