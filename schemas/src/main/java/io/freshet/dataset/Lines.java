package io.freshet.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** Files as lines, and lines as fields. */
final class Lines {
    private Lines() {}

    /** A file, plain or compressed, in UTF-8. */
    static LineReader read(Path path) {
        return read(path, StandardCharsets.UTF_8);
    }

    /** A file in a declared encoding; a byte order mark says more. */
    static LineReader read(Path path, Charset charset) {
        try {
            return LineReader.of(DataFile.open(path), charset);
        } catch (IOException e) {
            throw new DataFileException("cannot read " + path + ": " + DataFile.reason(e), e);
        }
    }

    /** A file that ships with Freshet, {@code .gz}. */
    static LineReader resource(String name) {
        try {
            InputStream in = Lines.class.getResourceAsStream("/datasets/" + name);
            if (in == null) {
                throw new IllegalStateException("the class path lacks /datasets/" + name);
            }
            return LineReader.of(new GZIPInputStream(in, 1 << 16), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open /datasets/" + name, e);
        }
    }

    /**
     * A file with titles that may stand beside another.
     *
     * @param name its name; with {@code .gz} too
     * @param separator regular expression between fields; null for CSV with quotes
     * @param titleField field with the title; the id is the first
     * @param charset its encoding, where it has no byte order mark
     */
    record TitleFile(String name, @Nullable String separator, int titleField, Charset charset) {}

    /**
     * Titles from a file beside another; none if it is not there.
     *
     * @param notes hears of lines that cannot be read
     */
    static Map<String, String> titlesBeside(Path data, TitleFile titles, Consumer<String> notes) {
        Map<String, String> byId = new HashMap<>();
        for (String suffix : List.of("", ".gz")) {
            Path file = data.resolveSibling(titles.name() + suffix);
            if (Files.isRegularFile(file)) {
                readTitles(file, titles, byId, notes);
                return byId;
            }
        }
        return byId;
    }

    private static void readTitles(Path file, TitleFile titles, Map<String, String> byId, Consumer<String> notes) {
        long bad = 0;
        String first = "";
        try (LineReader lines = read(file, titles.charset())) {
            for (LineReader.Line line = lines.next(); line != null; line = lines.next()) {
                String problem = line.problem().isEmpty() ? put(line.text(), titles, byId) : line.problem();
                bad += problem.isEmpty() ? 0 : 1;
                first = first.isEmpty() && !problem.isEmpty() ? "line " + line.number() + ": " + problem : first;
            }
        } catch (IOException e) {
            throw new DataFileException("cannot read " + file + ": " + DataFile.reason(e), e);
        }
        if (bad > 0) {
            notes.accept(file + ": " + bad + (bad == 1 ? " line" : " lines") + " without a title; the first: " + first);
        }
    }

    /** Takes a line's title; gives what is wrong with it, or nothing. */
    private static String put(String line, TitleFile titles, Map<String, String> byId) {
        try {
            String separator = titles.separator();
            List<String> fields = separator == null ? csv(line) : List.of(line.split(separator));
            if (fields.size() <= titles.titleField()) {
                return fields.size() + (fields.size() == 1 ? " field" : " fields");
            }
            byId.put(fields.get(0), fields.get(titles.titleField()));
            return "";
        } catch (IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /**
     * Fields of a line with quoted fields; a doubled quote inside quotes is one quote.
     *
     * @throws IllegalArgumentException if a quote does not end
     */
    static List<String> csv(String line) {
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"') {
                if (quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                    field.append('"');
                    i++;
                } else {
                    quoted = !quoted;
                }
            } else if (c == ',' && !quoted) {
                fields.add(field.toString());
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        if (quoted) {
            throw new IllegalArgumentException("a quote that does not end in its line");
        }
        fields.add(field.toString());
        return fields;
    }
}
