package io.freshet.endtoend.budget;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** All sources and documents of the repository. */
public final class SourceTree {
    private static final Path ROOT = Path.of("..");

    private SourceTree() {}

    /** Sources of all modules, main and test; generated ones are none. */
    static List<JavaSource> sources() throws IOException {
        List<JavaSource> sources = new ArrayList<>();
        for (Path file : files(".java")) {
            if (file.toString().contains("/src/")) {
                sources.add(JavaSource.read(file));
            }
        }
        return sources;
    }

    /** Files of the product's own sources, tests left out. */
    public static List<Path> main() throws IOException {
        return files(".java").stream()
                .filter(file -> file.toString().contains("/src/main/java/"))
                .toList();
    }

    /** Documents that people read. */
    static List<Path> documents() throws IOException {
        return files(".md");
    }

    private static List<Path> files(String ending) throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(ending) && !isHidden(file))
                    .sorted()
                    .toList();
        }
    }

    private static boolean isHidden(Path file) {
        for (Path part : ROOT.relativize(file)) {
            if (part.toString().startsWith(".") || part.toString().equals("target")) {
                return true;
            }
        }
        return false;
    }
}
