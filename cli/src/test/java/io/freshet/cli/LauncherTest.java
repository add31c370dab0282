package io.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The {@code freshet} script, with a Java that only prints what it was started with. */
class LauncherTest {
    private static final String PRINT_ARGUMENTS = "#!/bin/sh\n[ \"$1\" = -version ] && echo asked >>\"$ASKED\""
            + " && echo 'openjdk version \"21.0.2\" 2024-01-16' >&2 && exit\npwd\nprintf '%s\\n' \"$@\"\n"
            + "echo 'WARNING: Using incubator modules: jdk.incubator.vector' >&2\necho problem >&2\nexit 7\n";

    @TempDir
    private Path work;

    /** What the script may use; Maven is not among it. */
    private static final List<String> TOOLS =
            List.of("bash", "sh", "env", "dirname", "readlink", "grep", "sed", "head", "find", "cat", "touch", "mkdir");

    private Path home;
    private Path bin;

    @BeforeEach
    void aTreeThatIsBuilt() throws IOException {
        work = work.toRealPath();
        home = Files.createDirectories(work.resolve("some where/freshet home"));
        Files.copy(Path.of("../freshet"), home.resolve("freshet"));
        executable(home.resolve("freshet"));
        Path target =
                Files.createDirectories(home.resolve("cli/target/classes")).getParent();
        Files.createDirectories(home.resolve("cli/src/main/java"));
        Files.writeString(target.resolve("classpath.txt"), "/jars/one.jar:/jars/two.jar");
        Files.writeString(target.resolve("built"), "");
        bin = Files.createDirectories(work.resolve("jdk/bin"));
        Files.writeString(bin.resolve("java"), PRINT_ARGUMENTS);
        executable(bin.resolve("java"));
        for (String tool : TOOLS) {
            Path there = Files.exists(Path.of("/usr/bin", tool)) ? Path.of("/usr/bin", tool) : Path.of("/bin", tool);
            assumeThat(Files.exists(there))
                    .as("there is no " + tool + " on this machine")
                    .isTrue();
            Files.createSymbolicLink(bin.resolve(tool), there);
        }
    }

    private static void executable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private record Ran(int code, String out, String err) {
        List<String> lines() {
            return out.lines().toList();
        }
    }

    private Ran run(Path script, String options, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        Path elsewhere = Files.createDirectories(work.resolve("elsewhere"));
        Path out = work.resolve("out");
        Path err = work.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command).directory(elsewhere.toFile());
        builder.environment().remove("JAVA_HOME");
        builder.environment().put("PATH", bin.toString());
        builder.environment().put("ASKED", work.resolve("asked").toString());
        builder.environment().put("FRESHET_JAVA_OPTS", options);
        builder.redirectOutput(out.toFile());
        Process process = builder.start();
        // Until its end, which is that of the script and of all that it left behind.
        String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        Files.writeString(err, errors);
        return new Ran(process.exitValue(), Files.readString(out), errors);
    }

    private void release(String version) throws IOException {
        Files.writeString(work.resolve("jdk/release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    }

    @Test
    void itWorksThroughLinksFromAnyDirectory() throws Exception {
        release("17.0.13");
        Path link = Files.createSymbolicLink(work.resolve("first"), home.resolve("freshet"));
        Path relative = Files.createSymbolicLink(work.resolve("second"), Path.of("first"));
        Files.writeString(work.resolve("elsewhere.csv"), "x");
        for (Path script : List.of(home.resolve("freshet"), link, relative)) {
            Ran ran = run(script, "", "evaluate", "--path", "../elsewhere.csv", "two words");
            assertThat(ran.lines()).first().asString().endsWith("/elsewhere");
            assertThat(ran.lines())
                    .contains(home + "/cli/target/classes:/jars/one.jar:/jars/two.jar")
                    .endsWith("io.freshet.cli.Freshet", "evaluate", "--path", "../elsewhere.csv", "two words");
            assertThat(ran.code()).as("the command's own").isEqualTo(7);
            assertThat(ran.err()).isEqualTo("problem\n");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "17.0.13, false, false",
        "21, false, false",
        "22.0.1, true, false",
        "23-ea, true, true",
        "25.0.1+8, true, true",
    })
    void flagsAreThoseThatTheVersionKnows(String version, boolean natives, boolean unsafe) throws Exception {
        release(version);
        List<String> lines = run(home.resolve("freshet"), "").lines();
        assertThat(lines.contains("--enable-native-access=ALL-UNNAMED")).isEqualTo(natives);
        assertThat(lines.contains("--sun-misc-unsafe-memory-access=allow")).isEqualTo(unsafe);
        assertThat(work.resolve("asked")).as("no Java is started to ask it").doesNotExist();
    }

    @Test
    void whereNoFileSaysTheVersionJavaIsAskedOnce() throws Exception {
        assertThat(run(home.resolve("freshet"), "").lines()).doesNotContain("--enable-native-access=ALL-UNNAMED");
        run(home.resolve("freshet"), "");
        assertThat(Files.readAllLines(work.resolve("asked"))).hasSize(1);
    }

    @Test
    void theHeapFollowsTheMachineAndOptionsWin() throws Exception {
        release("17");
        List<String> lines = run(home.resolve("freshet"), "-Xmx3g  -Dfreshet.trace=true", "doctor")
                .lines();
        Matcher heap = Pattern.compile("-Xmx([0-9]+)m").matcher(String.join("\n", lines));
        assertThat(heap.find()).isTrue();
        assertThat(Integer.parseInt(heap.group(1))).isBetween(1024, 8192);
        assertThat(lines.indexOf("-Xmx3g")).isGreaterThan(lines.indexOf(heap.group()));
        assertThat(lines).contains("-Dfreshet.trace=true");
    }

    @Test
    void anOldJavaAndAMissingOneAreSaid() throws Exception {
        release("11.0.2");
        Ran old = run(home.resolve("freshet"), "");
        assertThat(old.code()).isEqualTo(1);
        assertThat(old.err()).contains("is Java 11; 17 to 25 is needed");
        Files.delete(bin.resolve("java"));
        Ran none = run(home.resolve("freshet"), "");
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err()).contains("no java on the PATH");
    }

    @Test
    void withoutMavenWhatWasBuiltIsRunAndElseItIsSaid() throws Exception {
        release("17");
        Files.delete(home.resolve("cli/target/built"));
        Ran ran = run(home.resolve("freshet"), "");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("nothing is built yet", "no mvn on the PATH");
        Files.writeString(home.resolve("cli/target/built"), "");
        Files.setLastModifiedTime(home.resolve("cli/target/built"), FileTime.fromMillis(1000));
        Files.writeString(home.resolve("cli/src/main/java/New.java"), "");
        Ran stale = run(home.resolve("freshet"), "", "doctor");
        assertThat(stale.code()).isEqualTo(7);
        assertThat(stale.err()).contains("sources have changed", "running what was built");
    }

    @Test
    void benchmarksHaveTheirPlaceInTheHelp() throws Exception {
        release("17");
        assertThat(run(home.resolve("freshet"), "", "bench", "--help").lines())
                .endsWith("io.freshet.cli.Freshet", "bench", "--help");
        Path target = Files.createDirectories(home.resolve("benchmarks/target"));
        Files.writeString(target.resolve("built"), "");
        Files.writeString(target.resolve("classpath.txt"), "/jars/jmh.jar");
        assertThat(run(home.resolve("freshet"), "", "bench", "scan", "--items", "9")
                        .lines())
                .contains(home + "/benchmarks/target/classes:/jars/jmh.jar")
                .endsWith("io.freshet.benchmarks.scan.ScanBenchmark", "--items", "9");
        assertThat(BenchCommand.NAMES)
                .allSatisfy(name ->
                        assertThat(Files.readString(Path.of("../freshet"))).contains("    " + name + ") module="));
    }
}
