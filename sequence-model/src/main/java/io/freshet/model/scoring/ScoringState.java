package io.freshet.model.scoring;

import io.freshet.kernel.Device;
import io.freshet.model.LogitBiases;
import io.freshet.model.ModelConfig;
import io.freshet.model.cooccurrence.CoOccurrenceTerms;
import io.freshet.model.cooccurrence.CoOccurrences;
import io.freshet.model.cooccurrence.HistoryReading;
import io.freshet.model.hstu.HstuParameters;
import io.freshet.model.items.Catalogue;
import io.freshet.model.items.ItemScan;
import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.ItemRow;
import io.freshet.store.StateReader;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The copy of the learned state that a {@link Scorer} reads: items, co-occurrences of every lane, dense weights and the
 * tick. What it has not been given yet (before the first published weights) it replaces by the initial weights, which
 * every copy of the model shares. Not thread-safe.
 */
public final class ScoringState {
    private final Catalogue catalogue;
    private final HstuParameters weights;
    private final float[] logitBiases = new float[LogitBiases.COUNT]; // [LogitBiases.COUNT]
    private final List<CoOccurrences> coOccurrences = new ArrayList<>(); // [lanes of the store]
    private long tick;

    ScoringState(ModelConfig config, Device device, ItemScan scan) {
        catalogue = new Catalogue(config, device, scan);
        weights = new HstuParameters(config, device);
        setWeights(HstuParameters.initial(config));
    }

    /** Replaces everything by what a reader of the state has. */
    public void load(StateReader state) {
        List<ItemRow> rows = new ArrayList<>();
        state.forEachRow(change -> rows.add(change.row()));
        catalogue.load(rows);
        coOccurrences.clear();
        state.forEachCoOccurrence((int lane, CoOccurrenceRow row) -> put(lane, row));
        loadDense(state::dense);
        tick = state.tick();
    }

    /** Adds or replaces rows, in any order: new items take their places by order of admission. */
    public void putAll(List<ItemRow> rows) {
        rows.stream().sorted(Comparator.comparingLong(ItemRow::ordinal)).forEach(catalogue::put);
    }

    /** Replaces what a lane keeps of an item's neighbours. */
    public void put(int lane, CoOccurrenceRow row) {
        while (coOccurrences.size() <= lane) {
            coOccurrences.add(new CoOccurrences());
        }
        coOccurrences.get(lane).put(row);
    }

    /** Removes items, with all that lanes keep of their neighbours. */
    public void removeAll(Set<Long> items) {
        catalogue.removeAll(items);
        coOccurrences.forEach(lane -> items.forEach(lane::remove));
    }

    /**
     * Takes new dense weights, if there are any.
     *
     * @param tensors by name; null where there is none; of {@link Scorer#WEIGHTS} {@code [P]}
     * @throws IllegalArgumentException if they are not as many as the model has
     */
    public void loadDense(Function<String, float @Nullable []> tensors) {
        float[] values = tensors.apply(Scorer.WEIGHTS);
        if (values != null) {
            setWeights(values);
        }
    }

    private void setWeights(float[] values) {
        if (values.length != weights.count()) {
            throw new IllegalArgumentException("dense weights have " + values.length + " values, this model has "
                    + weights.count() + ": the snapshot or feed belongs to another configuration");
        }
        weights.block().upload(values, 0, 0, values.length);
        weights.logitBiases().download(0, logitBiases, 0, logitBiases.length);
    }

    /** Moves the clock, which popularity decays by. */
    public void tick(long now) {
        tick = now;
    }

    /** The tick that popularities are read as of. */
    long tick() {
        return tick;
    }

    /** V, number of items. */
    public int items() {
        return catalogue.size();
    }

    /** Id of an item as the log has it, or null if it is unknown. */
    public @Nullable String name(long item) {
        int itemIndex = catalogue.indexOf(item);
        return itemIndex < 0 ? null : catalogue.name(itemIndex);
    }

    Catalogue catalogue() {
        return catalogue;
    }

    HstuParameters weights() {
        return weights;
    }

    /** Learned biases of logits, {@code [LogitBiases.COUNT]}. */
    float[] logitBiases() {
        return logitBiases;
    }

    /**
     * Sets terms to one row: what single items gain and lose from a history.
     *
     * @param reading the end of the history, as far as learners read it
     * @param whole all of it, whose refusals count
     */
    void terms(HistoryReading reading, HistoryReading whole, CoOccurrenceTerms terms) {
        terms.clear();
        CoOccurrences.LagWeights lagWeights = new CoOccurrences.LagWeights(logitBiases, LogitBiases.CO_OCCURRENCES);
        CoOccurrences.Columns columns = CoOccurrences.Columns.of(catalogue::indexOf);
        coOccurrences.forEach(lane -> lane.neighbours(reading, columns, lagWeights, terms));
        CoOccurrences.own(reading, catalogue::indexOf, lagWeights, terms);
        CoOccurrences.older(whole, reading, catalogue::indexOf, terms);
        terms.endRow();
    }
}
