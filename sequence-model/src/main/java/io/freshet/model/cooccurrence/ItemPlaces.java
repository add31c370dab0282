package io.freshet.model.cooccurrence;

import java.util.function.LongToIntFunction;

/** Where items stand: rows of a shard, or places in a catalogue. */
public interface ItemPlaces {
    /** Generation of places that are not to be kept. */
    int UNKEPT = -1;

    /** Place of an item; negative if it has none. */
    int of(long item);

    /** Changes when an item loses its place or gets another one; {@link #UNKEPT} if it is not known when that is. */
    int generation();

    /** Places that are asked for every time. */
    static ItemPlaces unkept(LongToIntFunction placeOf) {
        return new ItemPlaces() {
            @Override
            public int of(long item) {
                return placeOf.applyAsInt(item);
            }

            @Override
            public int generation() {
                return UNKEPT;
            }
        };
    }
}
