package io.freshet.dataset;

import java.util.Locale;
import java.util.Map;

/** The fields of a line, by the names of their columns; what is not as expected is refused in words. */
final class Row {
    private final String[] fields;
    private final Map<String, Integer> places;

    Row(String[] fields, Map<String, Integer> places) {
        this.fields = fields;
        this.places = places;
    }

    /** A field as it stands, without the blanks around it. */
    String text(String column) {
        Integer place = places.get(column);
        if (place == null || place >= fields.length) {
            throw new IllegalArgumentException("no field for " + column + ": the line has " + fields.length
                    + (fields.length == 1 ? " field" : " fields"));
        }
        return fields[place].strip();
    }

    /** An id: not empty. */
    String id(String column) {
        String id = text(column);
        if (id.isEmpty()) {
            throw new IllegalArgumentException(column + " is empty");
        }
        return id;
    }

    long whole(String column) {
        String text = text(column);
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw wrong(column, text, "a whole number");
        }
    }

    double number(String column) {
        String text = text(column);
        try {
            double number = Double.parseDouble(text);
            if (Double.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw wrong(column, text, "a number");
        }
        throw wrong(column, text, "a finite number");
    }

    /** A rating of a scale that begins at 0 and ends at 10 at most: a time or an id in its place is found out. */
    double rating(String column) {
        double rating = number(column);
        if (rating < 0 || rating > 10) {
            throw wrong(column, text(column), "a rating from 0 to 10");
        }
        return rating;
    }

    /** A failure that names a column, what it holds and what it should. */
    static IllegalArgumentException wrong(String column, String found, String expected) {
        String shown = found.length() <= 40 ? found : found.substring(0, 40) + "...";
        return new IllegalArgumentException(
                String.format(Locale.ROOT, "%s is '%s': expected %s", column, shown, expected));
    }
}
