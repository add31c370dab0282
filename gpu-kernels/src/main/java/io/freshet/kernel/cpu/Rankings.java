package io.freshet.kernel.cpu;

import io.freshet.kernel.Ranking;
import io.freshet.kernel.SparseTerms;
import java.util.Arrays;

/** Scores of the whole catalogue, ranks in it, and its best items; by tiles of items. */
final class Rankings {
    private static final int TILE = 256;

    private final ScalarKernels kernels;
    private final int queries;
    private final Ranking catalogue;
    private final float[] columns;
    /** {@code [v * queries + q]}: the scores of one tile. */
    private final float[] tile;

    Rankings(ScalarKernels kernels, int queries, Ranking catalogue) {
        this.kernels = kernels;
        this.queries = queries;
        this.catalogue = catalogue;
        columns = kernels.gradScratch(catalogue.width() * Math.max(1, queries));
        tile = kernels.logitScratch(TILE * Math.max(1, queries));
    }

    /** Scores items {@code from .. from + count - 1} for all queries. */
    private void score(int from, int count) {
        int d = catalogue.width();
        HostFloats rows = HostFloats.of(catalogue.rows());
        HostFloats scale = HostFloats.of(catalogue.scale());
        HostFloats bias = HostFloats.of(catalogue.bias());
        Product product = new Product(count, queries, d, false);
        product.a(rows.start + from * d, d, false).b(0, queries).c(0, queries);
        kernels.multiply(product, rows.array, columns, tile);
        for (int v = 0; v < count; v++) {
            float factor = scale.array[scale.start + from + v];
            float add = bias.array[bias.start + from + v];
            for (int q = v * queries; q < (v + 1) * queries; q++) {
                tile[q] = Math.fma(tile[q], factor, add);
            }
        }
    }

    private void load(HostFloats y) {
        Attention.transpose(y.array, y.start, catalogue.width(), queries, catalogue.width(), columns);
    }

    void scores(HostFloats y, HostFloats out) {
        load(y);
        for (int from = 0; from < catalogue.items(); from += TILE) {
            int count = Math.min(TILE, catalogue.items() - from);
            score(from, count);
            System.arraycopy(tile, 0, out.array, out.start + from, count);
        }
    }

    void rank(HostFloats y, SparseTerms terms, int[] targets, int[] ranks) {
        if (queries == 0) {
            return;
        }
        load(y);
        int[] next = Arrays.copyOf(HostInts.of(terms.rowStart()), queries + 1);
        int[] ends = next.clone();
        int[] items = HostInts.of(terms.columns());
        HostFloats values = HostFloats.of(terms.values());
        float[] own = kernels.scoreScratch(queries);
        for (int q = 0; q < queries; q++) {
            ranks[q] = 0;
            own[q] = Float.NEGATIVE_INFINITY;
            if (targets[q] >= 0) {
                // One item against all queries: the same product as any item's, so the same bits.
                score(targets[q], 1);
                own[q] = tile[q];
                for (int i = next[q]; i < ends[q + 1]; i++) {
                    own[q] += items[i] == targets[q] ? values.array[values.start + i] : 0f;
                }
            }
        }
        for (int from = 0; from < catalogue.items(); from += TILE) {
            int count = Math.min(TILE, catalogue.items() - from);
            score(from, count);
            for (int q = 0; q < queries; q++) {
                for (; next[q] < ends[q + 1] && items[next[q]] < from + count; next[q]++) {
                    tile[(items[next[q]] - from) * queries + q] += values.array[values.start + next[q]];
                }
            }
            for (int v = 0; v < count; v++) {
                for (int q = 0; q < queries; q++) {
                    float score = tile[v * queries + q];
                    boolean before = score > own[q] || (score == own[q] && from + v < targets[q]);
                    ranks[q] += before && score > Float.NEGATIVE_INFINITY ? 1 : 0;
                }
            }
        }
    }

    int topK(int k, HostFloats y, int[] items, float[] scores) {
        load(y);
        int size = 0;
        for (int from = 0; from < catalogue.items(); from += TILE) {
            int count = Math.min(TILE, catalogue.items() - from);
            score(from, count);
            for (int v = 0; v < count; v++) {
                if (tile[v] > Float.NEGATIVE_INFINITY && (size < k || (k > 0 && tile[v] > scores[size - 1]))) {
                    int at = size < k ? size++ : size - 1;
                    for (; at > 0 && scores[at - 1] < tile[v]; at--) {
                        scores[at] = scores[at - 1];
                        items[at] = items[at - 1];
                    }
                    scores[at] = tile[v];
                    items[at] = from + v;
                }
            }
        }
        return size;
    }
}
