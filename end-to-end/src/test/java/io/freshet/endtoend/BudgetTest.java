package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Budgets of the source tree; they only tighten. */
class BudgetTest {
    private static final Pattern VAGUE_NAME =
            Pattern.compile(".*(Manager|Helper|Utils?|Common|Base|Impl|Processor|Handler)\\.java");

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            for (Path module : modules.filter(path -> Files.isDirectory(path.resolve("src")))
                    .toList()) {
                try (Stream<Path> files = Files.walk(module.resolve("src"))) {
                    files.filter(path -> path.toString().endsWith(".java")).forEach(sources::add);
                }
            }
        }
        assertThat(sources).hasSizeGreaterThan(80);
        return sources;
    }

    @Test
    void filesFitInTheHead() throws IOException {
        for (Path source : sources()) {
            List<String> lines = Files.readAllLines(source);
            assertThat(lines.size()).as("lines of " + source).isLessThanOrEqualTo(500);
            for (String line : lines) {
                assertThat(line.length()).as("a line of " + source).isLessThanOrEqualTo(120);
            }
        }
    }

    @Test
    void namesSayWhatAClassIs() throws IOException {
        for (Path source : sources()) {
            assertThat(VAGUE_NAME.matcher(source.getFileName().toString()).matches())
                    .as("a vague name: " + source)
                    .isFalse();
        }
    }

    @Test
    void everyPackageIsDescribed() throws IOException {
        for (Path source : sources()) {
            if (source.toString().contains("/main/")) {
                assertThat(source.resolveSibling("package-info.java")).exists();
            }
        }
    }
}
