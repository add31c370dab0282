package io.freshet.kernel;

/**
 * A copy of a {@link ScoringTable}'s rows in int8, a quarter of the memory to read, with what is needed to bound the
 * error of every score computed from it. {@link Kernels#topK(ScreenedTopK, TopItems)} reads it; it changes row by row.
 *
 * <p>Memory: {@code 4 * ceil(D / 4) + 12} bytes an item, with room for growth up to twice of that. Not thread-safe.
 */
public interface QuantizedRows {
    /** D, values in a row. */
    int width();

    /**
     * Adds or replaces the row at an index by {@code source [D]}, from {@code offset} on. What a row becomes does
     * not depend on what stood there or on other rows.
     *
     * @param scale the item's {@link ScoringTable#scale}
     */
    void put(int at, float[] source, int offset, float scale);

    /** Bytes that are held, room for growth included. */
    long bytes();
}
