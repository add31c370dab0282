package io.freshet.kernel.cpu.scalar;

import io.freshet.kernel.ScoringTable;
import io.freshet.kernel.ScreenedTopK;
import io.freshet.kernel.TopItems;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.host.HostInts;
import io.freshet.kernel.cpu.host.HostQuantizedRows;
import io.freshet.kernel.cpu.host.QuantizedQuery;
import java.util.Arrays;

/**
 * The best items of a query, exactly: bounds from int8 leave out whatever cannot be among them, the rest is scored as
 * {@link Rankings} does it.
 */
final class Screening {
    /** Most items between two looks at the mark that bounds have to reach. */
    private static final int TILE = 512;

    /** Items of the first tile, which there may be no mark for yet; the next ones grow. */
    private static final int FIRST = 64;

    private final ScalarKernels kernels;
    private final ScoringTable catalogue;
    private final ScreenedTopK call;
    /** Rows of the items, {@code [V, D]}. */
    private final HostFloats rows;
    /** Factors of the items, {@code [V]}. */
    private final HostFloats scale;
    /** Biases of the items, {@code [V]}. */
    private final HostFloats bias;
    /** The query, {@code [D]}. */
    private final float[] y;
    /** Product of one item with the query, {@code [1]}. */
    private final float[] score = new float[1];
    /** Items that have terms, {@code [terms]}, in rising order, maybe several times. */
    private final int[] termItems;
    /** Their terms, {@code [terms]}. */
    private final HostFloats terms;

    private final int termEnd;

    Screening(ScalarKernels kernels, ScreenedTopK call) {
        this.kernels = kernels;
        this.call = call;
        catalogue = call.catalogue();
        rows = HostFloats.of(catalogue.rows());
        scale = HostFloats.of(catalogue.scale());
        bias = HostFloats.of(catalogue.bias());
        HostFloats query = HostFloats.of(call.y());
        y = Arrays.copyOfRange(query.array, query.start, query.start + catalogue.width());
        int[] starts = HostInts.of(call.terms().rowStart());
        int first = starts[0];
        termEnd = starts[1] - first;
        termItems = Arrays.copyOfRange(HostInts.of(call.terms().columns()), first, starts[1]);
        HostFloats values = HostFloats.of(call.terms().values());
        terms = new HostFloats(values.array, values.start + first, termEnd);
    }

    int run(TopItems best) {
        if (!(call.quantized() instanceof HostQuantizedRows quantized) || quantized.width() != y.length) {
            throw new IllegalArgumentException("quantised rows of another device or another width than " + y.length);
        }
        QuantizedQuery query = QuantizedQuery.of(y, 0, y.length);
        int scored = scoreTerms(best);
        int[] found = new int[TILE];
        int tile = FIRST;
        int count;
        for (int from = 0; from < catalogue.items(); from += count, tile = Math.min(TILE, 2 * tile)) {
            count = Math.min(tile, catalogue.items() - from);
            int reaching = 0;
            if (query.bounded()) {
                reaching = kernels.reaching(query, quantized, bias, from, count, best.mark(), found);
            } else {
                for (; reaching < count; reaching++) {
                    found[reaching] = from + reaching;
                }
            }
            for (int i = 0; i < reaching; i++) {
                if (Arrays.binarySearch(termItems, found[i]) < 0) {
                    offer(found[i], score(found[i]), best);
                    scored++;
                }
            }
        }
        return scored;
    }

    /** Items with terms go first: they tend to be the best, so that fewer others reach the mark. */
    private int scoreTerms(TopItems best) {
        int scored = 0;
        for (int i = 0; i < termEnd; scored++) {
            int item = termItems[i];
            float sum = score(item);
            for (; i < termEnd && termItems[i] == item; i++) {
                sum += terms.array[terms.start + i];
            }
            offer(item, sum, best);
        }
        return scored;
    }

    private float score(int item) {
        int d = y.length;
        kernels.dots(1, d, rows.array, rows.start + item * d, y, score);
        return Math.fma(score[0], scale.array[scale.start + item], bias.array[bias.start + item]);
    }

    private void offer(int item, float value, TopItems best) {
        if (best.wouldTake(item, value) && !call.excluded().test(item)) {
            best.offer(item, value);
        }
    }
}
