package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.Precision;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the kernels do in a process of other options, and on another JDK. */
class OtherProcessIT {
    /** Enough that all kernels end up compiled. */
    private static final int COMPILED_ROUNDS = 400;

    private static final String VECTOR = "jdk.incubator.vector";

    @Test
    void withoutTheVectorModuleTheScalarDeviceWorksAndSaysSoOnce() throws Exception {
        List<String> lines = run(thisJava(), List.of("-Dlog4j2.level=WARN"), AbsentModule.class, "3");
        assertThat(lines.stream().filter(line -> line.equals("device cpu-scalar")))
                .hasSize(4);
        assertThat(lines.stream().filter(line -> line.contains("--add-modules " + VECTOR)))
                .hasSize(1);
        assertThat(lines.stream().filter(line -> line.startsWith("digest "))).hasSize(1);
    }

    @Test
    void interpretedAndCompiledCodeGiveTheSameBits() throws Exception {
        List<String> compiled = digests(thisJava(), List.of(), COMPILED_ROUNDS);
        assertThat(compiled).as("digests of one process").hasSize(1);
        assertThat(digests(thisJava(), List.of("-Xint"), 1)).isEqualTo(compiled);
    }

    @Test
    void anotherJdkGivesTheSameBits() throws Exception {
        Optional<Path> other = otherJava();
        DeviceDemand.ofThisRun().require(DeviceDemand.OTHER_JDK, whyNoOther(other));
        List<String> here = digests(thisJava(), List.of(), COMPILED_ROUNDS);
        assertThat(digests(other.get(), List.of(), COMPILED_ROUNDS)).isEqualTo(here);
    }

    private static Optional<String> whyNoOther(Optional<Path> other) {
        return other.isPresent()
                ? Optional.empty()
                : Optional.of("set FRESHET_OTHER_JAVA_HOME to a JDK of another version than "
                        + System.getProperty("java.specification.version"));
    }

    /** Opens the best device a few times. */
    static final class AbsentModule {
        public static void main(String[] args) {
            for (int i = 0; i < Integer.parseInt(args[0]); i++) {
                System.out.println("device " + CpuDevices.best().name());
            }
            KernelDigest.main(new String[] {"2"});
        }
    }

    /** Prints why bf16 is not usable, and opens what is asked for without it. */
    static final class WithoutLibrary {
        public static void main(String[] args) {
            System.out.println("reason " + CpuDevices.bf16().unusable().orElse("none"));
            System.out.println("device " + CpuDevices.of(Precision.F32).name());
        }
    }

    @Test
    void withoutTheLibraryOnTheClassPathTheEngineWorks() throws Exception {
        String without = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("bytedeco"))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> options = List.of("--add-modules", VECTOR, "-cp", without);
        List<String> lines = run(thisJava(), options, WithoutLibrary.class, "");
        assertThat(lines).contains("device cpu-vector");
        assertThat(lines)
                .anySatisfy(line -> assertThat(line)
                        .startsWith("reason ")
                        .containsAnyOf("not on the class path", "lanes", "Linux"));
    }

    private static List<String> digests(Path java, List<String> options, int rounds) throws Exception {
        List<String> all = new ArrayList<>(List.of("--add-modules", VECTOR));
        all.addAll(options);
        List<String> lines = run(java, all, KernelDigest.class, Integer.toString(rounds));
        assertThat(lines).contains("device cpu-vector");
        return lines.stream().filter(line -> line.startsWith("digest ")).toList();
    }

    /** Output of a program in a process of its own. */
    static List<String> run(Path java, List<String> options, Class<?> main, String argument)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(java.toString(), "-Xmx512m"));
        command.addAll(options);
        if (!options.contains("-cp")) {
            command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        }
        command.addAll(List.of(main.getName(), argument));
        Path output = Files.createTempFile("freshet-kernels", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(4, TimeUnit.MINUTES))
                    .as("%s ended", command)
                    .isTrue();
            String text = Files.readString(output, StandardCharsets.UTF_8);
            assertThat(process.exitValue()).as(text).isZero();
            return text.lines().toList();
        } finally {
            process.destroyForcibly();
            Files.deleteIfExists(output);
        }
    }

    static Path thisJava() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    /** Another version's launcher: named by the environment, or found beside this one. */
    static Optional<Path> otherJava() throws IOException {
        String named = System.getenv("FRESHET_OTHER_JAVA_HOME");
        if (named != null) {
            return Optional.of(Path.of(named, "bin", "java"));
        }
        Path here = Path.of(System.getProperty("java.home")).toRealPath();
        Path beside = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(beside)) {
            return Optional.empty();
        }
        try (Stream<Path> homes = Files.list(beside)) {
            return homes.sorted()
                    .filter(home -> isOther(home, here))
                    .map(home -> home.resolve("bin").resolve("java"))
                    .findFirst();
        }
    }

    /** Whether a folder is a JDK of 17 or newer and of another version than this one. */
    private static boolean isOther(Path home, Path here) {
        Path release = home.resolve("release");
        try {
            if (!Files.exists(home.resolve("jmods/" + VECTOR + ".jmod"))
                    && !Files.exists(home.resolve("lib/modules"))) {
                return false;
            }
            String version = Files.readAllLines(release).stream()
                    .filter(line -> line.startsWith("JAVA_VERSION="))
                    .map(line -> line.replaceAll("[^0-9.]", "").replaceAll("\\..*", ""))
                    .findFirst()
                    .orElse("0");
            return !home.toRealPath().equals(here)
                    && Integer.parseInt(version) >= 17
                    && !version.equals(System.getProperty("java.specification.version"));
        } catch (IOException | NumberFormatException e) {
            return false;
        }
    }
}
