package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.benchmarks.faults.FaultBenchmark;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** One short run of the fault benchmark: JobManager, TaskManagers and scorer killed, paused and rescaled. */
class FaultsIT {
    @TempDir
    Path work;

    @Test
    void oneSeedHolds() {
        CommandLine command = new CommandLine(new FaultBenchmark());
        StringWriter errors = new StringWriter();
        command.setErr(new PrintWriter(errors));
        int code = command.execute(
                "--seeds",
                "1",
                "--first-seed",
                "1",
                "--kinds",
                "kill-broker,cut-job-from-broker,kill-task-manager",
                "--faults",
                "3",
                "--job-jar",
                System.getProperty("freshet.job.jar"),
                "--work-dir",
                work.toString());
        assertThat(code).as("seed 1: " + errors).isZero();
    }
}
