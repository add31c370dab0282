package io.freshet.model.cooccurrence;

import io.freshet.model.ActionRules;
import io.freshet.model.LogitBiases;
import io.freshet.model.LongIndex;
import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.Interaction;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.function.LongToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Counts of what has stood near what in users' histories, as far as one lane keeps them: of every item, those
 * neighbours whose rows are this lane's. So what a lane's items gain in score follows from that lane alone. An item
 * {@code b} that came {@code l} places behind {@code a} adds {@code 1 / l} to {@code count(a, b)} and to {@code
 * count(b, a)}, for {@code l} up to {@link LogitBiases#LAGS} (counting both ways is worth more than the order:
 * docs/decisions/0005); an item's score grows by {@code w_l * ln(1 + count(a_l, item))} for the {@code
 * l}-th last item {@code a_l} of a history, with learned {@code w_l}. One event is enough for it to matter, where a
 * gradient needs many.
 */
public final class CoOccurrences {
    /** Terms whose weights are not learned, behind those that are: of refused and of passed-over items. */
    private static final int HIDDEN_NEIGHBOUR = LogitBiases.LAG_WEIGHTS + 1;

    private static final int REFUSED = LogitBiases.LAG_WEIGHTS + 2;
    private static final int PASSED_OVER = LogitBiases.LAG_WEIGHTS + 3;

    /** Most neighbours kept of one item by one lane; a new one takes the place of the rarest. */
    private static final int MOST = 32;

    /** Sum of an item's counts in a lane at which they are halved, so that recent neighbours weigh more. */
    private static final float AGEING = 512f;

    /** Neighbours of one item, in order of their first co-occurrence. */
    private static final class Neighbours {
        private final long of;
        private long[] items = new long[4]; // [size]
        private float[] counts = new float[4]; // [size]
        /** {@code ln(1 + count)}: read many times, changed seldom. */
        private float[] features = new float[4]; // [size]
        /** Places of the items as of {@link #generation}; negative where they have to be asked for. */
        private int[] places = {-1, -1, -1, -1}; // [size]

        private int generation;
        private int size;

        Neighbours(long of) {
            this.of = of;
        }

        void add(long item, float weight) {
            int at = 0;
            while (at < size && items[at] != item) {
                at++;
            }
            if (at == size && size < MOST) {
                if (size == items.length) {
                    items = Arrays.copyOf(items, 2 * size);
                    counts = Arrays.copyOf(counts, 2 * size);
                    features = Arrays.copyOf(features, 2 * size);
                    places = Arrays.copyOf(places, 2 * size);
                }
                size++;
                begin(at, item);
            } else if (at == size) {
                at = rarest();
                begin(at, item);
            }
            counts[at] += weight;
            float sum = 0;
            for (int i = 0; i < size; i++) {
                sum += counts[i];
            }
            features[at] = feature(counts[at]);
            for (int i = 0; i < size && sum > AGEING; i++) {
                counts[i] *= 0.5f;
                features[i] = feature(counts[i]);
            }
        }

        private void begin(int at, long item) {
            items[at] = item;
            counts[at] = 0;
            places[at] = -1;
        }

        /** Place of an item; one that has none now may get one without a new generation. */
        int place(int at, ItemPlaces of) {
            int now = of.generation();
            if (now == ItemPlaces.UNKEPT) {
                return of.of(items[at]);
            }
            if (now != generation) {
                Arrays.fill(places, -1);
                generation = now;
            }
            if (places[at] < 0) {
                places[at] = of.of(items[at]);
            }
            return places[at];
        }

        private static float feature(float count) {
            return (float) StrictMath.log1p(count);
        }

        private int rarest() {
            int rarest = 0;
            for (int i = 1; i < size; i++) {
                rarest = counts[i] < counts[rarest] ? i : rarest;
            }
            return rarest;
        }
    }

    private final LongIndex index = new LongIndex();
    /** By {@link #index}; null where an item was removed. */
    private @Nullable Neighbours[] neighbours = new Neighbours[256];

    private int size;
    private int removed;

    private @Nullable Neighbours of(long item) {
        int at = index.get(item);
        return at < 0 ? null : neighbours[at];
    }

    private void set(long item, Neighbours entry) {
        int at = index.get(item);
        if (at < 0) {
            if (size == neighbours.length) {
                neighbours = Arrays.copyOf(neighbours, 2 * size);
            }
            index.put(item, size);
            neighbours[size++] = entry;
        } else {
            removed -= neighbours[at] == null ? 1 : 0;
            neighbours[at] = entry;
        }
    }

    /** Counts that a neighbour, an item of this lane, stood {@code lag} places from an item. */
    public void count(long item, long neighbour, int lag) {
        Neighbours entry = of(item);
        if (entry == null) {
            entry = new Neighbours(item);
            set(item, entry);
        }
        entry.add(neighbour, 1f / lag);
    }

    /** Adds or replaces the neighbours of an item. */
    public void put(CoOccurrenceRow row) {
        Neighbours entry = new Neighbours(row.item());
        entry.size = row.next().length;
        entry.items = Arrays.copyOf(row.next(), Math.max(4, entry.size));
        entry.counts = Arrays.copyOf(row.counts(), Math.max(4, entry.size));
        entry.features = new float[entry.counts.length];
        entry.places = new int[entry.counts.length];
        Arrays.fill(entry.places, -1);
        for (int i = 0; i < entry.size; i++) {
            entry.features[i] = Neighbours.feature(entry.counts[i]);
        }
        set(row.item(), entry);
    }

    /** The neighbours of an item, copied; null if it has none. */
    public @Nullable CoOccurrenceRow row(long item) {
        Neighbours entry = of(item);
        return entry == null
                ? null
                : new CoOccurrenceRow(
                        item, Arrays.copyOf(entry.items, entry.size), Arrays.copyOf(entry.counts, entry.size));
    }

    /** Removes the neighbours of an item; false if it has none. */
    public boolean remove(long item) {
        if (of(item) == null) {
            return false;
        }
        neighbours[index.get(item)] = null;
        if (++removed > size / 2) {
            closeGaps();
        }
        return true;
    }

    private void closeGaps() {
        index.clear();
        int to = 0;
        for (int at = 0; at < size; at++) {
            Neighbours entry = neighbours[at];
            if (entry != null) {
                neighbours[to] = entry;
                index.put(entry.of, to++);
            }
        }
        Arrays.fill(neighbours, to, size, null);
        size = to;
        removed = 0;
    }

    /**
     * Appends terms of one row: what this lane's items gain from the last items of a history.
     *
     * @param history tokens; those before {@code end} are read
     * @param columns of places; negative if a place has none
     * @param weights {@code w_1 ...}, from {@code from} on
     */
    void terms(List<Interaction> history, int end, Columns columns, LagWeights weights, CoOccurrenceTerms terms) {
        for (int lag = 1; lag <= LogitBiases.LAGS && lag <= end; lag++) {
            Neighbours entry = of(history.get(end - lag).item());
            if (entry == null) {
                continue;
            }
            float weight = weights.of(lag);
            for (int i = 0; i < entry.size; i++) {
                int column = columns.at(entry.place(i, columns.places));
                if (column >= 0) {
                    terms.add(column, lag, entry.features[i], weight);
                }
            }
        }
    }

    /**
     * Appends terms of one row: what the last items of a history gain themselves, {@code r_l} for the {@code l}-th
     * last. People come back.
     */
    private static void repeats(
            List<Interaction> history,
            int end,
            LongToIntFunction columnOf,
            LagWeights weights,
            CoOccurrenceTerms terms) {
        for (int lag = 1; lag <= LogitBiases.LAGS && lag <= end; lag++) {
            int column = columnOf.applyAsInt(history.get(end - lag).item());
            if (column >= 0) {
                terms.add(column, LogitBiases.LAGS + lag, 1f, weights.of(LogitBiases.LAGS + lag));
            }
        }
    }

    /**
     * Appends all terms of one row: what this lane's items gain from what the user wanted and lose from what he hid,
     * and what the items of his history gain or lose themselves.
     */
    public void terms(HistoryReading reading, Columns columns, LagWeights weights, CoOccurrenceTerms terms) {
        neighbours(reading, columns, weights, terms);
        own(reading, columns::of, weights, terms);
    }

    /** Appends what this lane's items gain from neighbours that the user wanted, and lose from those that he hid. */
    public void neighbours(HistoryReading reading, Columns columns, LagWeights weights, CoOccurrenceTerms terms) {
        terms(reading.wanted(), reading.wanted().size(), columns, weights, terms);
        for (int h = 0; h < reading.hides() && reading.hideWeight() > 0; h++) {
            Neighbours entry = of(reading.hidden(h));
            for (int i = 0; entry != null && i < entry.size; i++) {
                int column = columns.at(entry.place(i, columns.places));
                if (column >= 0) {
                    terms.add(column, HIDDEN_NEIGHBOUR, share(entry, i), -reading.hideWeight());
                }
            }
        }
    }

    /** Count of a neighbour, by that of the item's most frequent one: what is near everything is no such neighbour. */
    private static float share(Neighbours entry, int at) {
        float most = 0;
        for (int i = 0; i < entry.size; i++) {
            most = Math.max(most, entry.counts[i]);
        }
        return entry.counts[at] / most;
    }

    /** Appends what the items of a history gain or lose themselves. */
    public static void own(
            HistoryReading reading, LongToIntFunction columnOf, LagWeights weights, CoOccurrenceTerms terms) {
        repeats(reading.wanted(), reading.wanted().size(), columnOf, weights, terms);
        refusals(reading, columnOf, terms);
        for (int p = 0; p < reading.passes(); p++) {
            int column = columnOf.applyAsInt(reading.passedOver(p));
            if (column >= 0) {
                float feature = (float) StrictMath.log1p(reading.times(p));
                terms.add(column, PASSED_OVER, feature, -ActionRules.PASSED_OVER);
            }
        }
    }

    /** Appends what items lose that were refused longer ago than another reading of the same history reaches. */
    public static void older(
            HistoryReading whole, HistoryReading read, LongToIntFunction columnOf, CoOccurrenceTerms terms) {
        for (int r = read.refusals(); r < whole.refusals(); r++) {
            int column = columnOf.applyAsInt(whole.refused(r));
            if (column >= 0) {
                terms.add(column, REFUSED, 1f, -ActionRules.REFUSAL);
            }
        }
    }

    private static void refusals(HistoryReading reading, LongToIntFunction columnOf, CoOccurrenceTerms terms) {
        for (int r = 0; r < reading.refusals(); r++) {
            int column = columnOf.applyAsInt(reading.refused(r));
            if (column >= 0) {
                terms.add(column, REFUSED, 1f, -ActionRules.REFUSAL);
            }
        }
    }

    /**
     * Columns of scores, by item.
     *
     * @param places where items stand
     * @param ofPlace column of a place; negative if it has none
     */
    public record Columns(ItemPlaces places, IntUnaryOperator ofPlace) {
        /** Columns that are the places. */
        public static Columns of(LongToIntFunction placeOf) {
            return new Columns(ItemPlaces.unkept(placeOf), IntUnaryOperator.identity());
        }

        /** Column of an item; negative if it has none. */
        public int of(long item) {
            return at(places.of(item));
        }

        int at(int place) {
            return place < 0 ? -1 : ofPlace.applyAsInt(place);
        }
    }

    /**
     * Learned weights of the lags, a window of the logit biases.
     *
     * @param logitBiases {@code [LogitBiases.COUNT]}
     * @param from index of the first lag's weight
     */
    public record LagWeights(float[] logitBiases, int from) {
        float of(int lag) {
            return logitBiases[from + lag - 1];
        }
    }
}
