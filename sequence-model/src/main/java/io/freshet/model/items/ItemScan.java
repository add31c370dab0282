package io.freshet.model.items;

import java.util.Locale;

/** How the best items of a query are found. The answers are the same, bits included. */
public enum ItemScan {
    /** Every item is scored. */
    FLOAT32,
    /** Bounds from a copy of the rows in int8 leave items out; what can be among the best is scored. */
    INT8;

    /**
     * Reads what {@link #toString} writes.
     *
     * @throws IllegalArgumentException naming the values that there are
     */
    public static ItemScan of(String text) {
        for (ItemScan scan : values()) {
            if (scan.toString().equals(text)) {
                return scan;
            }
        }
        throw new IllegalArgumentException("item scan " + text + ": expected float32 or int8");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
