package io.freshet.dataset;

import io.freshet.schema.BehaviourEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Lines with columns: which of them hold what is needed, the first line says where a format has a header, and their
 * order where it has none. Columns that are not needed may be there, in any order.
 */
final class Table {
    /** Turns a row into events, none to leave it out; throws {@link IllegalArgumentException} if it cannot. */
    interface RowParser {
        List<BehaviourEvent> parse(Row row, long number, Map<String, String> titles);
    }

    private enum Header {
        REQUIRED,
        OPTIONAL
    }

    private final Pattern separator;
    private final boolean quoted;
    private final Header header;
    private final List<String> wanted;
    private final RowParser parser;

    private Table(String separator, Header header, List<String> wanted, RowParser parser) {
        this.separator = Pattern.compile(separator);
        quoted = separator.equals(",");
        this.header = header;
        this.wanted = wanted;
        this.parser = parser;
    }

    /**
     * A format whose first line names its columns.
     *
     * @param separator regular expression; a comma stands for CSV with quotes
     * @param wanted columns that the parser reads; {@code a|b} for one that goes by two names, of which it uses the
     *     first
     */
    static Table named(String separator, RowParser parser, String... wanted) {
        return new Table(separator, Header.REQUIRED, List.of(wanted), parser);
    }

    /** A format without a header: exactly these columns in this order, unless a first line does name them. */
    static Table ordered(String separator, RowParser parser, String... wanted) {
        return new Table(separator, Header.OPTIONAL, List.of(wanted), parser);
    }

    /**
     * The parser of a file.
     *
     * @param first its first line
     * @return what reads its lines; and whether the first is one of them
     * @throws DataFileException if it names other columns than are wanted
     */
    LineStream.Begun begin(String first) {
        String[] found = split(first);
        Map<String, Integer> places = places(found);
        if (places.size() == wanted.size()) {
            return new LineStream.Begun(
                    (line, number, titles) -> parser.parse(row(line, places), number, titles), false);
        }
        boolean digits = first.chars().anyMatch(Character::isDigit);
        if (header == Header.REQUIRED || (!digits && first.chars().anyMatch(Character::isLetter))) {
            throw new DataFileException("columns found: " + shown(found) + "; wanted: "
                    + String.join(", ", wanted.stream().map(Table::name).toList()) + missing(places)
                    + (digits && places.isEmpty() ? "; the first line does not name its columns" : ""));
        }
        Map<String, Integer> ordered = new HashMap<>();
        wanted.forEach(column -> ordered.put(name(column), ordered.size()));
        return new LineStream.Begun((line, number, titles) -> parser.parse(exact(line, ordered), number, titles), true);
    }

    private Row row(String line, Map<String, Integer> places) {
        return new Row(split(line), places);
    }

    private Row exact(String line, Map<String, Integer> places) {
        String[] fields = split(line);
        if (fields.length != wanted.size()) {
            throw new IllegalArgumentException(fields.length + (fields.length == 1 ? " field" : " fields")
                    + ": expected " + wanted.size() + ", " + String.join(", ", wanted));
        }
        return new Row(fields, places);
    }

    private String[] split(String line) {
        return quoted && line.indexOf('"') >= 0
                ? Lines.csv(line).toArray(new String[0])
                : separator.split(quoted ? line : line.strip(), -1);
    }

    private static String name(String column) {
        int alias = column.indexOf('|');
        return alias < 0 ? column : column.substring(0, alias);
    }

    private Map<String, Integer> places(String[] found) {
        Map<String, Integer> byName = new HashMap<>();
        for (int place = 0; place < found.length; place++) {
            byName.putIfAbsent(plain(found[place]), place);
        }
        Map<String, Integer> places = new HashMap<>();
        for (String column : wanted) {
            for (String alias : column.split("\\|")) {
                Integer place = byName.get(plain(alias));
                if (place != null) {
                    places.putIfAbsent(name(column), place);
                }
            }
        }
        return places;
    }

    /** Names are compared without case, blanks, hyphens, and the types that RecBole puts behind a colon. */
    private static String plain(String name) {
        return name.strip()
                .replaceFirst(":(token|float|token_seq|float_seq)$", "")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N}]", "");
    }

    private String missing(Map<String, Integer> places) {
        List<String> missing = new ArrayList<>();
        for (String column : wanted) {
            if (!places.containsKey(name(column))) {
                missing.add(name(column));
            }
        }
        return "; missing: " + String.join(", ", missing);
    }

    private static String shown(String[] found) {
        String all = String.join(", ", found).replaceAll("\\p{Cntrl}", " ");
        return all.length() <= 300 ? all : all.substring(0, 300) + "...";
    }
}
