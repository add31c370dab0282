package io.freshet.endtoend.budget;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * No two places share more than 15 equal lines. Lines of braces, comments and imports are none; indentation is nothing.
 * Kernels may repeat themselves: the JIT wants it so (decision 12).
 */
class DuplicateTest {
    private static final int MOST = 15;

    private record Line(String text, int number) {}

    private record Place(JavaSource source, List<Line> lines, int at) {}

    private static List<Line> lines(JavaSource source) {
        List<String> code = source.code().lines().toList();
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < code.size(); i++) {
            // Literals count; the code says where there is more than a comment.
            String kept = code.get(i).strip();
            if (!kept.isEmpty() && !kept.matches("[{}();,\\s]*|@Override|(import|package) .*")) {
                lines.add(new Line(source.lines().get(i).strip(), i + 1));
            }
        }
        return lines;
    }

    @Test
    void nothingIsWrittenTwice() throws IOException {
        assertThat(duplicates(SourceTree.sources().stream()
                        .filter(source -> !source.module().equals("gpu-kernels"))
                        .toList()))
                .isEmpty();
    }

    private static Set<String> duplicates(List<JavaSource> sources) {
        Map<String, Place> first = new HashMap<>();
        Set<String> found = new LinkedHashSet<>();
        for (JavaSource source : sources) {
            List<Line> lines = lines(source);
            int reported = 0;
            for (int at = 0; at + MOST < lines.size(); at++) {
                String window = text(lines, at);
                Place known = first.putIfAbsent(window, new Place(source, lines, at));
                if (known != null && at >= reported) {
                    int length = MOST + 1;
                    while (at + length < lines.size()
                            && known.at + length < known.lines.size()
                            && lines.get(at + length).text.equals(known.lines.get(known.at + length).text)) {
                        length++;
                    }
                    reported = at + length;
                    found.add(length + " lines: " + known.source.path() + ":" + known.lines.get(known.at).number
                            + " and " + source.path() + ":" + lines.get(at).number);
                }
            }
        }
        return found;
    }

    private static String text(List<Line> lines, int at) {
        StringBuilder text = new StringBuilder();
        for (Line line : lines.subList(at, at + MOST + 1)) {
            text.append(line.text).append('\n');
        }
        return text.toString();
    }
}
