package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/benchmarks.md} says nothing that is not in its files of figures: every section has one table, whose rows
 * and columns are some of one file in {@code docs/results}, and that file's date, commit and command.
 */
class BenchmarksPageTest {
    private static final Path DOCS = Path.of("../docs");
    private static final Pattern FIGURES = Pattern.compile("\\(results/([\\w.-]+\\.json)\\)");

    @Test
    void everyTableIsOfItsFigures() throws IOException {
        List<String> page = Files.readAllLines(DOCS.resolve("benchmarks.md"));
        assertThat(page.size()).as("lines of the page").isLessThanOrEqualTo(120);
        String[] sections = String.join("\n", page).split("\n## ");
        assertThat(sections.length).isGreaterThan(5);
        for (int i = 1; i < sections.length; i++) {
            check(sections[i]);
        }
    }

    @Test
    void everyFileOfFiguresSaysWhereItIsFrom() throws IOException {
        try (Stream<Path> files = Files.list(DOCS.resolve("results"))) {
            for (Path file : files.toList()) {
                JsonNode figures = read(file);
                String name = file.getFileName().toString();
                assertThat(name).startsWith(text(figures, "date") + "-" + text(figures, "commit") + "-");
                assertThat(text(figures, "machine")).as("machine of " + name).isNotBlank();
                assertThat(text(figures, "command")).as("command of " + name).startsWith("./freshet ");
                assertThat(Path.of("..").resolve(text(figures, "experiment"))).exists();
                int columns = figures.path("columns").size();
                assertThat(figures.path("rows"))
                        .as("rows of " + name)
                        .isNotEmpty()
                        .allSatisfy(row -> assertThat(row.size()).isEqualTo(columns));
            }
        }
    }

    private static void check(String section) throws IOException {
        String title = section.lines().findFirst().orElse("");
        Matcher link = FIGURES.matcher(section);
        assertThat(link.find()).as("'" + title + "' names its figures").isTrue();
        JsonNode figures = read(DOCS.resolve("results").resolve(link.group(1)));
        assertThat(section.replaceAll("\\s+", " "))
                .contains(text(figures, "date"), "commit " + text(figures, "commit"), text(figures, "command"));
        List<List<String>> table = section.lines()
                .filter(line -> line.startsWith("|"))
                .map(BenchmarksPageTest::cells)
                .toList();
        List<String> columns = strings(figures.path("columns"));
        assertThat(columns).as("columns of '" + title + "'").containsAll(table.get(0));
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode row : figures.path("rows")) {
            List<String> values = strings(row);
            rows.add(table.get(0).stream()
                    .map(column -> values.get(columns.indexOf(column)))
                    .toList());
        }
        assertThat(rows).as("rows of '" + title + "'").containsAll(table.subList(2, table.size()));
    }

    private static List<String> cells(String line) {
        String[] cells = line.substring(1, line.lastIndexOf('|')).split("\\|", -1);
        return Stream.of(cells).map(cell -> value(cell.strip())).toList();
    }

    private static List<String> strings(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(node -> node.isNull() ? "" : value(node.asText()))
                .toList();
    }

    /** A number as Java writes it, whatever its commas and zeros; any other text as it is. */
    private static String value(String text) {
        String plain = text.replace(",", "");
        return plain.matches("\\d*\\.?\\d+") ? Double.toString(Double.parseDouble(plain)) : text;
    }

    private static String text(JsonNode figures, String field) {
        return figures.path(field).asText();
    }

    private static JsonNode read(Path file) throws IOException {
        return new ObjectMapper().readTree(file.toFile());
    }
}
