package io.freshet.dataset;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** Files as lines, and lines as fields. */
final class Lines {
    private Lines() {}

    /** A file, plain or {@code .gz}. */
    static BufferedReader read(Path path) {
        return read(path, StandardCharsets.UTF_8);
    }

    static BufferedReader read(Path path, Charset charset) {
        try {
            InputStream in = Files.newInputStream(path);
            InputStream plain = path.toString().endsWith(".gz") ? new GZIPInputStream(in, 1 << 16) : in;
            return new BufferedReader(new InputStreamReader(plain, charset), 1 << 16);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open " + path + ": " + e.getMessage(), e);
        }
    }

    /** A file that ships with Freshet, {@code .gz}. */
    static BufferedReader resource(String name) {
        try {
            InputStream in = Lines.class.getResourceAsStream("/datasets/" + name);
            if (in == null) {
                throw new IllegalStateException("the class path lacks /datasets/" + name);
            }
            return new BufferedReader(
                    new InputStreamReader(new GZIPInputStream(in, 1 << 16), StandardCharsets.UTF_8), 1 << 16);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open /datasets/" + name, e);
        }
    }

    /**
     * Titles from a file beside another, plain or {@code .gz}; none if it is not there.
     *
     * @param separator regular expression between fields; null for CSV with quotes
     * @param titleField field with the title; the id is the first
     */
    static Map<String, String> titlesBeside(
            Path data, String name, @org.jspecify.annotations.Nullable String separator, int titleField) {
        Map<String, String> titles = new HashMap<>();
        for (String suffix : List.of("", ".gz")) {
            Path file = data.resolveSibling(name + suffix);
            if (!Files.exists(file)) {
                continue;
            }
            // Old MovieLens files are Latin-1, in which every byte is a character.
            Charset charset = name.endsWith(".dat") ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8;
            try (BufferedReader lines = read(file, charset)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    List<String> f = separator == null ? csv(line) : List.of(line.split(separator));
                    if (f.size() > titleField) {
                        titles.put(f.get(0), f.get(titleField));
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + file, e);
            }
            return titles;
        }
        return titles;
    }

    /** Fields of a line with quoted fields; a doubled quote inside quotes is one quote. */
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
        fields.add(field.toString());
        return fields;
    }
}
