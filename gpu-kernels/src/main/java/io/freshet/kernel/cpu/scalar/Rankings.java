package io.freshet.kernel.cpu.scalar;

import io.freshet.kernel.ScoringTable;
import io.freshet.kernel.SparseTerms;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.host.HostInts;
import java.util.Arrays;

/** Scores of the whole catalogue, ranks in it, and its best items; by tiles of items. */
final class Rankings {
    private static final int TILE = 256;

    private final ScalarKernels kernels;
    private final int queries;
    /** Columns of the products: one, or whole vectors with zeros behind the queries. */
    private final int width;

    private final ScoringTable catalogue;
    /** Queries, transposed, {@code [D, width]}. */
    private final float[] columns;
    /** Scores of one tile of items, {@code [TILE, width]}. */
    private final float[] tile;

    Rankings(ScalarKernels kernels, int queries, ScoringTable catalogue) {
        this.kernels = kernels;
        this.queries = queries;
        this.catalogue = catalogue;
        width = queries == 1 ? 1 : (queries + 15) / 16 * 16;
        columns = kernels.gradScratch(catalogue.width() * width);
        tile = kernels.logitScratch(TILE * width);
    }

    /** Scores items {@code from .. from + count - 1} for all queries. */
    private void score(int from, int count) {
        int d = catalogue.width();
        HostFloats rows = HostFloats.of(catalogue.rows());
        HostFloats scale = HostFloats.of(catalogue.scale());
        HostFloats bias = HostFloats.of(catalogue.bias());
        if (queries == 1) {
            kernels.dots(count, d, rows.array, rows.start + from * d, columns, tile);
            for (int v = 0; v < count; v++) {
                tile[v] = Math.fma(tile[v], scale.array[scale.start + from + v], bias.array[bias.start + from + v]);
            }
            return;
        }
        Product product = new Product(count, width, d, false);
        product.a(rows.start + from * d, d, false).b(0, width).c(0, width);
        kernels.multiply(product, rows.array, columns, tile);
        for (int v = 0; v < count; v++) {
            float factor = scale.array[scale.start + from + v];
            float add = bias.array[bias.start + from + v];
            for (int q = v * width; q < v * width + queries; q++) {
                tile[q] = Math.fma(tile[q], factor, add);
            }
        }
    }

    /** Lays the queries out as columns: {@code y [queries, D]}. */
    private void load(HostFloats y) {
        int d = catalogue.width();
        for (int i = 0; i < d; i++) {
            for (int q = 0; q < width; q++) {
                columns[i * width + q] = q < queries ? y.array[y.start + q * d + i] : 0f;
            }
        }
    }

    /** Writes the scores of all items, {@code out [V]}, for the one query {@code y [D]}. */
    void scores(HostFloats y, HostFloats out) {
        load(y);
        for (int from = 0; from < catalogue.items(); from += TILE) {
            int count = Math.min(TILE, catalogue.items() - from);
            score(from, count);
            for (int v = 0; v < count; v++) {
                out.array[out.start + from + v] = tile[v * width];
            }
        }
    }

    /**
     * Writes the scores of known items, {@code out [queries]}: {@code y [queries, D]}, {@code targets [queries]}; see
     * {@link io.freshet.kernel.Kernels#targetScores}.
     */
    void targetScores(HostFloats y, SparseTerms terms, int[] targets, HostFloats out) {
        load(y);
        int[] starts = HostInts.of(terms.rowStart());
        int[] items = HostInts.of(terms.columns());
        HostFloats values = HostFloats.of(terms.values());
        for (int q = 0; q < queries; q++) {
            float score = Float.NEGATIVE_INFINITY;
            if (targets[q] >= 0) {
                // One item against all queries: the same product as any item's, so the same bits.
                score(targets[q], 1);
                score = tile[q];
                for (int i = starts[q]; i < starts[q + 1]; i++) {
                    score += items[i] == targets[q] ? values.array[values.start + i] : 0f;
                }
            }
            out.array[out.start + q] = score;
        }
    }

    /**
     * Counts the items before scores: {@code y [queries, D]}, {@code own, before, counts [queries]}; see {@link
     * io.freshet.kernel.Kernels#countAbove}.
     */
    void countAbove(HostFloats y, SparseTerms terms, HostFloats own, int[] before, int[] counts) {
        if (queries == 0) {
            return;
        }
        load(y);
        int[] next = Arrays.copyOf(HostInts.of(terms.rowStart()), queries + 1);
        int[] ends = next.clone();
        int[] items = HostInts.of(terms.columns());
        HostFloats values = HostFloats.of(terms.values());
        Arrays.fill(counts, 0, queries, 0);
        for (int from = 0; from < catalogue.items(); from += TILE) {
            int count = Math.min(TILE, catalogue.items() - from);
            score(from, count);
            for (int q = 0; q < queries; q++) {
                for (; next[q] < ends[q + 1] && items[next[q]] < from + count; next[q]++) {
                    tile[(items[next[q]] - from) * width + q] += values.array[values.start + next[q]];
                }
            }
            for (int v = 0; v < count; v++) {
                for (int q = 0; q < queries; q++) {
                    float score = tile[v * width + q];
                    float mark = own.array[own.start + q];
                    boolean above = score > mark || (score == mark && from + v < before[q]);
                    counts[q] += above && score > Float.NEGATIVE_INFINITY ? 1 : 0;
                }
            }
        }
    }

    /** Writes the best {@code items, scores [k]} for the one query {@code y [D]}, best first; gives their number. */
    int topK(int k, HostFloats y, int[] items, float[] scores) {
        load(y);
        int size = 0;
        for (int from = 0; from < catalogue.items(); from += TILE) {
            int count = Math.min(TILE, catalogue.items() - from);
            score(from, count);
            for (int v = 0; v < count; v++) {
                if (tile[v * width] > Float.NEGATIVE_INFINITY
                        && (size < k || (k > 0 && tile[v * width] > scores[size - 1]))) {
                    int at = size < k ? size++ : size - 1;
                    for (; at > 0 && scores[at - 1] < tile[v * width]; at--) {
                        scores[at] = scores[at - 1];
                        items[at] = items[at - 1];
                    }
                    scores[at] = tile[v * width];
                    items[at] = from + v;
                }
            }
        }
        return size;
    }
}
