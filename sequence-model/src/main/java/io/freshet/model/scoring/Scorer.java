package io.freshet.model.scoring;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.ScoringTable;
import io.freshet.model.ActionRules;
import io.freshet.model.ModelConfig;
import io.freshet.model.cooccurrence.CoOccurrenceTerms;
import io.freshet.model.hstu.HstuParameters;
import io.freshet.model.items.Catalogue;
import io.freshet.model.items.ItemScan;
import io.freshet.store.Interaction;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * The model as serving asks it: scores and best items for a history, by one forward pass a request, on the rows and
 * weights of its {@link #state}. Not thread-safe.
 */
public final class Scorer {
    /** Name of the dense tensor that carries all weights of the model, in the order of {@link HstuParameters}. */
    public static final String WEIGHTS = "weights";

    private final ScoringState state;
    private final Catalogue catalogue;
    private final QueryEncoder encoder;
    private final CatalogueScan scan;
    private final CandidateScores candidates;
    private final CoOccurrenceTerms terms;
    private float lowest;

    /** Scores every item; {@link ItemScan} says what else there is. */
    public Scorer(ModelConfig config, Device device) {
        this(config, device, ItemScan.FLOAT32);
    }

    /** Has no items and the initial weights. */
    public Scorer(ModelConfig config, Device device, ItemScan itemScan) {
        state = new ScoringState(config, device, itemScan);
        catalogue = state.catalogue();
        encoder = new QueryEncoder(config, state, device);
        scan = new CatalogueScan(catalogue, device, encoder.kernels());
        candidates = new CandidateScores(catalogue, device, encoder.kernels(), config.width());
        terms = new CoOccurrenceTerms(device);
    }

    /** The learned state that is scored with. */
    public ScoringState state() {
        return state;
    }

    /** Lowest score of the known items in the last {@link #score} but refused ones; 0 without any. */
    public float lowestScore() {
        return lowest;
    }

    /**
     * Scores of items for a history. One that the user refused last ({@link ActionRules}) scores far below all others.
     *
     * @param history interactions, oldest first; only the last {@code context - 1} are read
     * @param requestTimeMillis time of the request, ms since the epoch
     * @param items hashed ids, {@code [n]}
     * @return their scores, {@code [n]}; NaN for an unknown one
     */
    public float[] score(List<Interaction> history, long requestTimeMillis, long[] items) {
        int[] itemIndices = new int[items.length];
        for (int i = 0; i < items.length; i++) {
            itemIndices[i] = catalogue.indexOf(items[i]);
        }
        Floats query = encode(history, requestTimeMillis);
        float[] scores = candidates.of(itemIndices, state, query, terms);
        lowest = Float.POSITIVE_INFINITY;
        for (int i = 0; i < items.length; i++) {
            if (scores[i] < lowest && !encoder.whole().refuses(items[i])) {
                lowest = scores[i];
            }
        }
        lowest = lowest == Float.POSITIVE_INFINITY ? 0 : lowest;
        return scores;
    }

    /** Items that score above this one for a history, those before it with the same score included; -1: unknown. */
    public int rank(List<Interaction> history, long requestTimeMillis, long item) {
        int itemIndex = catalogue.indexOf(item);
        if (itemIndex < 0) {
            return -1;
        }
        float[] all = scan.all(scoringTable(), encode(history, requestTimeMillis), terms);
        int rank = 0;
        for (int v = 0; v < catalogue.size(); v++) {
            rank += all[v] > all[itemIndex] || all[v] == all[itemIndex] && v < itemIndex ? 1 : 0;
        }
        return rank;
    }

    /**
     * The {@code k} best items for a history, best first; ties by order of admission. Those that the user refused last,
     * anywhere in the history, are not among them.
     */
    public List<ScoredItem> recommend(
            List<Interaction> history, long requestTimeMillis, int k, LongPredicate excluded) {
        Floats query = encode(history, requestTimeMillis);
        return scan.best(scoringTable(), query, terms, k, excluded.or(encoder.whole()::refuses));
    }

    /** Items whose rows the last {@link #recommend} or {@link #similar} read in float32. */
    public int scored() {
        return scan.scored();
    }

    /** The {@code k} items nearest to one by cosine, itself left out; empty if it is unknown. */
    public List<ScoredItem> similar(long item, int k) {
        int itemIndex = catalogue.indexOf(item);
        if (itemIndex < 0) {
            return List.of();
        }
        terms.clear();
        terms.endRow();
        return scan.best(catalogue.unbiased(), encoder.ofItem(itemIndex), terms, k, candidate -> candidate == item);
    }

    /** Encodes a history, and sets the terms to what single items gain and lose from it. */
    private Floats encode(List<Interaction> history, long requestTimeMillis) {
        Floats query = encoder.encode(history, requestTimeMillis);
        state.terms(encoder.reading(), encoder.whole(), terms);
        return query;
    }

    private ScoringTable scoringTable() {
        return catalogue.scoringTable(state.tick(), state.logitBiases());
    }
}
