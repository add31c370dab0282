package io.freshet.cli.evaluate;

import io.freshet.cli.options.UsageException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Which protocols there are, and which options not all of them read; one that is not read is refused. */
final class ProtocolOptions {
    static final String LEAVE_ONE_OUT = "leave-one-out";
    static final String TEMPORAL = "temporal";
    static final String PREQUENTIAL = "prequential";
    static final String PERIOD_FROZEN = "period-frozen";

    /** All protocols. */
    static final List<String> PROTOCOLS = List.of(LEAVE_ONE_OUT, TEMPORAL, PREQUENTIAL, PERIOD_FROZEN);

    /** What every protocol reads. */
    static final List<String> OF_ALL =
            List.of("--dataset", "--path", "--protocol", "--limit", "--precision", "--report", "--help", "--version");

    private static final Map<String, List<String>> READERS = readers();

    private ProtocolOptions() {}

    private static Map<String, List<String>> readers() {
        Map<String, List<String>> readers = new HashMap<>();
        for (String option : List.of(
                "--models",
                "--no-time-bias",
                "--seeds",
                "--epochs",
                "--patience",
                "--validate-every",
                "--batch",
                "--negatives",
                "--dropout",
                "--learning-rate",
                "--repeats",
                "--threads")) {
            readers.put(option, List.of(LEAVE_ONE_OUT, TEMPORAL));
        }
        for (String option : List.of(
                "--tick-events",
                "--rank-every",
                "--period-days",
                "--period-hours",
                "--no-baselines",
                "--retrain-passes",
                "--retrain-search",
                "--retrain-periods",
                "--variants",
                "--half-life")) {
            readers.put(option, List.of(PREQUENTIAL, PERIOD_FROZEN));
        }
        readers.put("--test-from", List.of(PREQUENTIAL));
        readers.put("--served", List.of(PREQUENTIAL));
        readers.put("--plot", List.of(LEAVE_ONE_OUT, TEMPORAL, PERIOD_FROZEN));
        return readers;
    }

    /** The protocols that read an option. */
    static List<String> readersOf(String option) {
        return OF_ALL.contains(option) ? PROTOCOLS : READERS.getOrDefault(option, List.of());
    }

    /**
     * Refuses a protocol that there is not, and options that it does not read.
     *
     * @param given whether an option is on the command line
     * @throws UsageException naming the first of them
     */
    static void require(String protocol, Predicate<String> given) {
        if (!PROTOCOLS.contains(protocol)) {
            throw new UsageException("unknown protocol " + protocol + "; known are " + String.join(", ", PROTOCOLS));
        }
        READERS.keySet().stream()
                .sorted()
                .filter(option -> given.test(option) && !readersOf(option).contains(protocol))
                .findFirst()
                .ifPresent(option -> {
                    throw new UsageException(option + " is not read by --protocol " + protocol + "; it is for "
                            + String.join(", ", readersOf(option)));
                });
    }
}
