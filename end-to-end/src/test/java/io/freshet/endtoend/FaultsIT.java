package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.verification.faults.FaultBenchmark;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * One short run of the fault benchmark, over a log with transactions, a silent partition, one that ends, one that is
 * added and clocks that are wrong: broker and TaskManager killed, the job cut off from the broker. The bits of the same
 * ticks learned undisturbed, every event once and in a tick that the log allows, the scorer's state the learner's, no
 * call without an answer.
 */
class FaultsIT {
    private static final String SEED = "1";

    @TempDir
    Path work;

    /** Waits for recoveries, however busy the machine is; a minute or so on a quiet one. */
    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void oneSeedHolds() throws IOException {
        Path report = work.resolve("report.json");
        CommandLine command = new CommandLine(new FaultBenchmark());
        StringWriter errors = new StringWriter();
        command.setErr(new PrintWriter(errors));
        int code = command.execute(
                "--seed",
                SEED,
                "--kinds",
                "kill-broker,cut-job-from-broker,kill-task-manager",
                "--faults",
                "3",
                "--job-jar",
                System.getProperty("freshet.job.jar"),
                "--report",
                report.toString(),
                "--work-dir",
                work.toString());
        String outcome = Files.exists(report) ? Files.readString(report) : "no outcome";
        assertThat(code).as("seed %s: %s %s", SEED, errors, outcome).isZero();
    }
}
