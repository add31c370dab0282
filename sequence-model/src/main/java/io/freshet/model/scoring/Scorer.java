package io.freshet.model.scoring;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.QuantizedRows;
import io.freshet.kernel.Ranking;
import io.freshet.kernel.ScreenedTopK;
import io.freshet.kernel.TopItems;
import io.freshet.model.ActionRules;
import io.freshet.model.LogitBiases;
import io.freshet.model.ModelConfig;
import io.freshet.model.SequenceBatch;
import io.freshet.model.cooccurrence.HistoryReading;
import io.freshet.model.cooccurrence.TransitionTerms;
import io.freshet.model.cooccurrence.Transitions;
import io.freshet.model.hstu.ModelParameters;
import io.freshet.model.hstu.SequenceModel;
import io.freshet.model.items.Catalogue;
import io.freshet.model.items.ItemScan;
import io.freshet.store.Interaction;
import io.freshet.store.ItemRow;
import io.freshet.store.StateReader;
import io.freshet.store.TransitionRow;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The model as serving uses it: item matrix, dense weights, and one forward pass per request. Not thread-safe.
 *
 * <p>It reads the same rows and weights that the learner writes; what it has not been given yet (before the first
 * published weights) it replaces by the initial weights, which every copy of the model shares.
 */
public final class Scorer {
    /** Name of the dense tensor that carries all weights of the model, in the order of {@link ModelParameters}. */
    public static final String WEIGHTS = "weights";

    private final ModelConfig config;
    private final Catalogue catalogue;
    private final ModelParameters weights;
    private final SequenceModel model;
    private final SequenceBatch batch;
    private final Floats query;
    /** Per lane of the store. */
    private final List<Transitions> transitions = new ArrayList<>();

    private final TransitionTerms terms;
    private final HistoryReading reading;
    private final Aversion aversion;
    /** What the user refused in all of the history that is given. */
    private final HistoryReading refused;

    private final float[] priors = new float[LogitBiases.COUNT];
    private @Nullable Floats allScores;
    private float[] hostScores = new float[0];
    private final float[] hostQuery;
    private long tick;
    private float lowest;
    private int scored;

    /** Scores every item; {@link ItemScan} says what else there is. */
    public Scorer(ModelConfig config, Device device) {
        this(config, device, ItemScan.FLOAT32);
    }

    public Scorer(ModelConfig config, Device device, ItemScan scan) {
        this.config = config;
        this.device = device;
        catalogue = new Catalogue(config, device, scan);
        weights = new ModelParameters(config, device);
        model = new SequenceModel(config, device, config.context());
        batch = new SequenceBatch(config, 1);
        query = device.floats(config.width());
        hostQuery = new float[config.width()];
        terms = new TransitionTerms(device);
        reading = HistoryReading.of(config);
        aversion = new Aversion(config);
        refused = HistoryReading.whole(config);
        setWeights(ModelParameters.initial(config));
    }

    private final Device device;

    /** Replaces everything by what a reader of the state has. */
    public void load(StateReader state) {
        List<ItemRow> rows = new ArrayList<>();
        state.forEachRow(change -> rows.add(change.row()));
        catalogue.load(rows);
        transitions.clear();
        state.forEachTransition((int lane, TransitionRow row) -> put(lane, row));
        loadDense(state::dense);
        tick = state.tick();
    }

    /** Adds or replaces an item's row. */
    public void put(ItemRow row) {
        catalogue.put(row);
    }

    /** Adds or replaces rows, in any order: new items take their places by order of admission. */
    public void putAll(List<ItemRow> rows) {
        rows.stream()
                .sorted(java.util.Comparator.comparingLong(ItemRow::ordinal))
                .forEach(catalogue::put);
    }

    /** Lowest score of all items in the last {@link #score} but refused ones; 0 without items. */
    public float lowestScore() {
        return lowest;
    }

    /** Replaces what a lane keeps of an item's neighbours. */
    public void put(int lane, TransitionRow row) {
        while (transitions.size() <= lane) {
            transitions.add(new Transitions());
        }
        transitions.get(lane).put(row);
    }

    /** Takes items out, with all that lanes keep of their neighbours. */
    public void removeAll(java.util.Set<Long> items) {
        catalogue.removeAll(items);
        transitions.forEach(lane -> items.forEach(lane::remove));
    }

    /** Takes new dense weights, if there are any. */
    public void loadDense(Function<String, float @Nullable []> tensors) {
        float[] values = tensors.apply(WEIGHTS);
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
        weights.priors().download(0, priors, 0, priors.length);
    }

    /** Moves the clock, which popularity decays by. */
    public void tick(long now) {
        tick = now;
    }

    /** Number of items. */
    public int items() {
        return catalogue.size();
    }

    /** Whether an item can be scored. */
    public boolean knows(long item) {
        return catalogue.indexOf(item) >= 0;
    }

    /** Id of an item as the log has it, or null if it is unknown. */
    public @Nullable String name(long item) {
        int at = catalogue.indexOf(item);
        return at < 0 ? null : catalogue.name(at);
    }

    /**
     * Scores of items for a history. One that the user refused last ({@link ActionRules}) scores far below all others.
     *
     * @param history interactions, oldest first; only the last {@code context - 1} are read
     * @param requestTimeMillis time of the request, ms since the epoch
     * @return one score per item; NaN for an unknown one
     */
    public float[] score(List<Interaction> history, long requestTimeMillis, long[] items) {
        float[] all = scoreAll(history, requestTimeMillis);
        float[] scores = new float[items.length];
        for (int i = 0; i < items.length; i++) {
            int at = catalogue.indexOf(items[i]);
            scores[i] = at < 0 ? Float.NaN : all[at];
        }
        return scores;
    }

    /** Items that score above this one for a history, those before it with the same score included; -1: unknown. */
    public int rank(List<Interaction> history, long requestTimeMillis, long item) {
        int at = catalogue.indexOf(item);
        if (at < 0) {
            return -1;
        }
        float[] all = scoreAll(history, requestTimeMillis);
        int rank = 0;
        for (int v = 0; v < catalogue.size(); v++) {
            rank += all[v] > all[at] || all[v] == all[at] && v < at ? 1 : 0;
        }
        return rank;
    }

    /**
     * The {@code k} best items for a history, best first; ties by order of admission. Those that the user refused last,
     * anywhere in the history, are not among them.
     */
    public List<ScoredItem> recommend(
            List<Interaction> history, long requestTimeMillis, int k, LongPredicate excluded) {
        QuantizedRows quantized = catalogue.quantized();
        if (quantized == null) {
            scored = catalogue.size();
            return best(scoreAll(history, requestTimeMillis), k, excluded.or(refused::refuses));
        }
        Floats y = encode(history, requestTimeMillis);
        terms();
        return screened(quantized, y, catalogue.ranking(tick, priors), k, excluded.or(refused::refuses));
    }

    /** Items whose rows the last {@link #recommend} or {@link #similar} read in float32. */
    public int scored() {
        return scored;
    }

    /** The {@code k} items nearest to one by cosine, itself left out; empty if it is unknown. */
    public List<ScoredItem> similar(long item, int k) {
        int at = catalogue.indexOf(item);
        if (at < 0) {
            return List.of();
        }
        int d = config.width();
        float[] row = new float[d];
        catalogue.rows().download(at * d, row, 0, d);
        double squares = 0;
        for (float f : row) {
            squares += (double) f * f;
        }
        float inverse = (float) (1 / Math.max(Math.sqrt(squares), 1e-6));
        for (int i = 0; i < d; i++) {
            row[i] *= inverse;
        }
        query.upload(row, 0, 0, d);
        QuantizedRows quantized = catalogue.quantized();
        if (quantized == null) {
            scored = catalogue.size();
            return best(scoreAll(query, catalogue.unbiased()), k, candidate -> candidate == item);
        }
        terms.clear();
        terms.endRow();
        return screened(quantized, query, catalogue.unbiased(), k, candidate -> candidate == item);
    }

    private List<ScoredItem> screened(
            QuantizedRows quantized, Floats y, Ranking ranking, int k, LongPredicate excluded) {
        TopItems top = new TopItems(Math.min(k, catalogue.size()));
        scored = model.kernels()
                .topK(
                        new ScreenedTopK(ranking, quantized, y, terms.upload(), v -> excluded.test(catalogue.item(v))),
                        top);
        return named(top);
    }

    /** The {@code k} most popular items as of now. */
    public List<ScoredItem> popular(int k, LongPredicate excluded) {
        float[] all = room();
        for (int v = 0; v < catalogue.size(); v++) {
            all[v] = catalogue.logPopularity(v, tick);
        }
        return best(all, k, excluded);
    }

    private Floats encode(List<Interaction> history, long requestTimeMillis) {
        reading.read(history, history.size());
        refused.read(history, history.size());
        int from = Math.max(0, history.size() - (config.context() - 1));
        batch.clear();
        List<Interaction> tokens = history.subList(from, history.size());
        batch.add(tokens, requestTimeMillis, row -> row == tokens.size(), t -> catalogue.indexOf(t.item()));
        return sharpened(model.forward(weights, batch, catalogue.rows()));
    }

    private Floats sharpened(Floats y) {
        float sharpness = LogitBiases.logitScale(priors);
        y.download(0, hostQuery, 0, hostQuery.length);
        aversion.turn(reading, catalogue::readRow, hostQuery, 0);
        for (int i = 0; i < hostQuery.length; i++) {
            hostQuery[i] *= sharpness;
        }
        query.upload(hostQuery, 0, 0, hostQuery.length);
        return query;
    }

    private float[] scoreAll(List<Interaction> history, long requestTimeMillis) {
        float[] all = scoreAll(encode(history, requestTimeMillis), catalogue.ranking(tick, priors));
        terms();
        terms.addTo(all);
        lowest = Float.POSITIVE_INFINITY;
        for (int v = 0; v < catalogue.size(); v++) {
            if (all[v] < lowest && !refused.refuses(catalogue.item(v))) {
                lowest = all[v];
            }
        }
        lowest = lowest == Float.POSITIVE_INFINITY ? 0 : lowest;
        return all;
    }

    /** What single items gain and lose from the history that was encoded. */
    private void terms() {
        terms.clear();
        Transitions.LagWeights weights = new Transitions.LagWeights(priors, 2);
        transitions.forEach(lane -> lane.neighbours(reading, catalogue::indexOf, weights, terms));
        Transitions.own(reading, catalogue::indexOf, weights, terms);
        Transitions.older(refused, reading, catalogue::indexOf, terms);
        terms.endRow();
    }

    private float[] scoreAll(Floats y, Ranking ranking) {
        int n = catalogue.size();
        if (allScores == null || allScores.length() < n) {
            allScores = device.floats(Math.max(1024, n * 2));
        }
        model.kernels().scores(ranking, y, allScores);
        allScores.download(0, room(), 0, n);
        return hostScores;
    }

    private float[] room() {
        if (hostScores.length < catalogue.size()) {
            hostScores = new float[Math.max(1024, catalogue.size() * 2)];
        }
        return hostScores;
    }

    private List<ScoredItem> best(float[] all, int k, LongPredicate excluded) {
        TopItems top = new TopItems(Math.min(k, catalogue.size()));
        for (int v = 0; v < catalogue.size(); v++) {
            if (top.wouldTake(v, all[v]) && !excluded.test(catalogue.item(v))) {
                top.offer(v, all[v]);
            }
        }
        return named(top);
    }

    private List<ScoredItem> named(TopItems top) {
        top.finish();
        List<ScoredItem> items = new ArrayList<>(top.size());
        for (int i = 0; i < top.size(); i++) {
            int v = top.item(i);
            items.add(new ScoredItem(catalogue.item(v), catalogue.name(v), top.score(i)));
        }
        return items;
    }
}
