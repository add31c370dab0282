package io.freshet.endtoend.field;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Field rows of the launcher: links, heap and JDK. The script stands in a tree that looks built. */
@ExtendWith(FieldBroker.class)
class LauncherIT {
    /** A tree with the launcher and what it takes for a finished build. */
    private static Path tree(Field field) throws Exception {
        Path home = Files.createDirectories(field.work().resolve("home"));
        Path target = Files.createDirectories(home.resolve("cli/target"));
        Files.createDirectories(target.resolve("classes"));
        String classPath = Field.classPath().stream().map(Path::toString).collect(Collectors.joining(":"));
        Files.writeString(target.resolve("classpath.txt"), classPath);
        Files.copy(Path.of("..", "freshet"), home.resolve("freshet"));
        executable(home.resolve("freshet"));
        Files.createFile(target.resolve("built"));
        return home;
    }

    private static void executable(Path file) throws Exception {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** A java that says of which version it is, or what it was called with. */
    private static Path java(Field field, int version) throws Exception {
        Path home = Files.createDirectories(field.work().resolve("jdk" + version));
        Path bin = Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + ".0.1\"\n");
        Files.writeString(bin.resolve("java"), """
                #!/usr/bin/env bash
                case " $* " in
                  *" -version "*)
                    echo "    java.specification.version = VERSION" >&2
                    echo 'openjdk version "VERSION.0.1"' >&2
                    exit 0 ;;
                esac
                printf 'ARGUMENT %s\\n' "$@"
                """.replace("VERSION", Integer.toString(version)));
        executable(bin.resolve("java"));
        return home;
    }

    private static FieldCommand launch(Field field, Path script, String argument, Map<String, String> environment)
            throws Exception {
        return field.start("freshet " + argument, List.of(script.toString(), argument), environment);
    }

    /** Of the row "directories behind links": the launcher through a link to a link. f242271: looks beside the link. */
    @Test
    void theLauncherWorksThroughLinks(Field field) throws Exception {
        Path home = tree(field);
        Path bin = Files.createDirectories(field.work().resolve("bin"));
        Path first = Files.createSymbolicLink(field.work().resolve("first"), home.resolve("freshet"));
        Path link = Files.createSymbolicLink(bin.resolve("freshet"), bin.relativize(first));
        // No Maven is on the path: what the launcher takes for unbuilt is no reason to build in a test.
        Map<String, String> environment = Map.of("JAVA_HOME", System.getProperty("java.home"), "PATH", "/usr/bin:/bin");
        launch(field, link, "--version", environment).succeeded("freshet \\d");
    }

    /** Row "heap and JDK". f242271: -Xmx1500m for everything; JDK 22 gets an option that it does not know. */
    @Test
    void theHeapCanBeSetAndEachJdkGetsOptionsThatItKnows(Field field) throws Exception {
        Path script = tree(field).resolve("freshet");
        for (int version : new int[] {17, 21, 22, 23, 25}) {
            Map<String, String> environment =
                    Map.of("JAVA_HOME", java(field, version).toString(), "FRESHET_JAVA_OPTS", "-Xmx321m -Dmine=1");
            FieldCommand run =
                    launch(field, script, "doctor", environment).succeeded("ARGUMENT -Xmx321m", "ARGUMENT -Dmine=1");
            boolean unsafe = run.output().contains("--sun-misc-unsafe-memory-access");
            assertThat(unsafe && version < 23)
                    .as("an option of JDK 23 for JDK " + version + "\n" + run.story())
                    .isFalse();
        }
    }

    /** The same row: without a word from the user, the heap is the machine's. f242271: 1500 MB on any. */
    @Test
    void theHeapIsSizedFromTheMachine(Field field) throws Exception {
        Path script = tree(field).resolve("freshet");
        FieldCommand run = launch(
                field, script, "doctor", Map.of("JAVA_HOME", java(field, 21).toString()));
        run.succeeded("ARGUMENT doctor");
        assertThat(run.output()).as(run::story).doesNotContain("-Xmx1500m");
    }
}
