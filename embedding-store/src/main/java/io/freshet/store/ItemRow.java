package io.freshet.store;

/**
 * Embedding row of an item, as serving reads it.
 *
 * @param item hashed item id
 * @param name the id as the log has it, to answer with and to tell a hash collision
 * @param ordinal position in the catalogue, in order of admission, unique and never used again
 * @param frequency decayed count of sightings as of {@code lastTick}
 * @param recentFrequency the same with a short half-life
 * @param lastTick tick of the last sighting
 * @param embedding {@code [D]}; never shared with a live array
 */
public record ItemRow(
        long item,
        String name,
        long ordinal,
        float frequency,
        float recentFrequency,
        long lastTick,
        float[] embedding) {}
