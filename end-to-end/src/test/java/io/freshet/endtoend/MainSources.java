package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.endtoend.budget.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The product's Java sources as text: classes by their simple names, methods by theirs. */
final class MainSources {
    private final List<Path> sources;

    private MainSources(List<Path> sources) {
        this.sources = sources;
    }

    /** All main sources below the repository's root, which is one directory above this module's. */
    static MainSources read() throws IOException {
        return new MainSources(SourceTree.main());
    }

    /** Files of a class; more than one if its name is not unique. */
    List<Path> of(String simpleName) {
        return sources.stream()
                .filter(path -> path.getFileName().toString().equals(simpleName + ".java"))
                .toList();
    }

    /** The file of a class, of whose name there is exactly one. */
    Path only(String simpleName) {
        List<Path> found = of(simpleName);
        assertThat(found).as("sources of " + simpleName).hasSize(1);
        return found.get(0);
    }

    /** The package of a source file, as its directory says. */
    static String packageOf(Path source) {
        String path = source.toString();
        int begin = path.indexOf("/src/main/java/") + "/src/main/java/".length();
        return path.substring(begin, path.lastIndexOf('/')).replace('/', '.');
    }

    /**
     * Text of a class's methods of one name, overloads one behind the other; empty if there is none. Relies on the
     * formatter: a member is indented by four spaces and ends with a brace that is.
     */
    String methods(String simpleName, String method) throws IOException {
        Pattern declaration = Pattern.compile(" {4}[^ =;/*@][^=;]*\\b" + method + "\\(.*");
        List<String> body = new ArrayList<>();
        boolean inside = false;
        for (String line : Files.readAllLines(only(simpleName))) {
            inside |= declaration.matcher(line).matches();
            if (inside) {
                body.add(line);
            }
            inside &= !line.equals("    }");
        }
        return String.join("\n", body);
    }
}
