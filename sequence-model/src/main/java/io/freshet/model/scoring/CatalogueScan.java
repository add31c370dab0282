package io.freshet.model.scoring;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.QuantizedRows;
import io.freshet.kernel.ScoringTable;
import io.freshet.kernel.ScreenedTopK;
import io.freshet.kernel.TopItems;
import io.freshet.model.cooccurrence.CoOccurrenceTerms;
import io.freshet.model.items.Catalogue;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** Scores of a catalogue's items for one query, all of them or the best alone. Not thread-safe. */
final class CatalogueScan {
    private final Catalogue catalogue;
    private final Device device;
    private final Kernels kernels;
    private @Nullable Floats allScores; // [V]
    private float[] hostScores = new float[0]; // [V]
    private int scored;

    CatalogueScan(Catalogue catalogue, Device device, Kernels kernels) {
        this.catalogue = catalogue;
        this.device = device;
        this.kernels = kernels;
    }

    /** Items whose rows the last {@link #best} read in float32. */
    int scored() {
        return scored;
    }

    /**
     * Scores every item.
     *
     * @param query {@code [D]}
     * @param terms one row, added to the scores
     * @return {@code [V]}; valid until the next call
     */
    float[] all(ScoringTable scoringTable, Floats query, CoOccurrenceTerms terms) {
        int n = catalogue.size();
        if (allScores == null || allScores.length() < n) {
            allScores = device.floats(Math.max(1024, n * 2));
        }
        if (hostScores.length < n) {
            hostScores = new float[Math.max(1024, n * 2)];
        }
        kernels.scores(scoringTable, query, allScores);
        allScores.download(0, hostScores, 0, n);
        terms.addTo(hostScores);
        return hostScores;
    }

    /**
     * The {@code k} best items, best first; ties by order of admission.
     *
     * @param query {@code [D]}
     * @param terms one row, added to the scores
     */
    List<ScoredItem> best(
            ScoringTable scoringTable, Floats query, CoOccurrenceTerms terms, int k, LongPredicate excluded) {
        TopItems top = new TopItems(Math.min(k, catalogue.size()));
        QuantizedRows quantized = catalogue.quantized();
        if (quantized == null) {
            scored = catalogue.size();
            float[] all = all(scoringTable, query, terms);
            for (int v = 0; v < scored; v++) {
                if (top.wouldTake(v, all[v]) && !excluded.test(catalogue.item(v))) {
                    top.offer(v, all[v]);
                }
            }
        } else {
            scored = kernels.topK(
                    new ScreenedTopK(
                            scoringTable, quantized, query, terms.upload(), v -> excluded.test(catalogue.item(v))),
                    top);
        }
        return named(top);
    }

    private List<ScoredItem> named(TopItems top) {
        top.finish();
        List<ScoredItem> items = new ArrayList<>(top.size());
        for (int i = 0; i < top.size(); i++) {
            int itemIndex = top.item(i);
            items.add(new ScoredItem(catalogue.item(itemIndex), catalogue.name(itemIndex), top.score(i)));
        }
        return items;
    }
}
