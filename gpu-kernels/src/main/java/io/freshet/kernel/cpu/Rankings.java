package io.freshet.kernel.cpu;

import io.freshet.kernel.Ranking;

/** Scores of the whole catalogue, ranks in it, and its best items; by tiles of items. */
final class Rankings {
    private static final int TILE = 256;

    private Rankings() {}

    /** {@code out[v * queries + q]}: scores of items {@code from .. from + count - 1}. */
    private static void tile(
            ScalarKernels kernels, int queries, Ranking c, int from, int count, float[] columns, float[] out) {
        HostFloats rows = HostFloats.of(c.rows());
        HostFloats scale = HostFloats.of(c.scale());
        HostFloats bias = HostFloats.of(c.bias());
        Product product = new Product(count, queries, c.width(), false);
        product.a(rows.start + from * c.width(), c.width(), false).b(0, queries).c(0, queries);
        kernels.multiply(product, rows.array, columns, out);
        for (int v = 0; v < count; v++) {
            float factor = scale.array[scale.start + from + v];
            float add = bias.array[bias.start + from + v];
            for (int q = v * queries; q < (v + 1) * queries; q++) {
                out[q] = Math.fma(out[q], factor, add);
            }
        }
    }

    static void scores(
            ScalarKernels kernels, int queries, Ranking c, HostFloats y, int row, float[] out, int outStart) {
        float[] columns = kernels.gradScratch(c.width() * queries);
        Attention.transpose(y.array, y.start + row * c.width(), c.width(), queries, c.width(), columns);
        float[] tile = kernels.logitScratch(TILE * queries);
        for (int from = 0; from < c.items(); from += TILE) {
            int count = Math.min(TILE, c.items() - from);
            tile(kernels, queries, c, from, count, columns, tile);
            System.arraycopy(tile, 0, out, outStart + from * queries, count * queries);
        }
    }

    static void rank(ScalarKernels kernels, int queries, Ranking c, HostFloats y, int[] targets, int[] ranks) {
        if (queries == 0) {
            return;
        }
        float[] columns = kernels.gradScratch(c.width() * queries);
        Attention.transpose(y.array, y.start, c.width(), queries, c.width(), columns);
        float[] tile = kernels.logitScratch(TILE * queries);
        float[] own = kernels.scoreScratch(queries);
        for (int q = 0; q < queries; q++) {
            ranks[q] = 0;
            own[q] = Float.NEGATIVE_INFINITY;
            if (targets[q] >= 0) {
                // One item against all queries: the same product as any item's, so the same bits.
                tile(kernels, queries, c, targets[q], 1, columns, tile);
                own[q] = tile[q];
            }
        }
        for (int from = 0; from < c.items(); from += TILE) {
            int count = Math.min(TILE, c.items() - from);
            tile(kernels, queries, c, from, count, columns, tile);
            for (int v = 0; v < count; v++) {
                for (int q = 0; q < queries; q++) {
                    float score = tile[v * queries + q];
                    boolean before = score > own[q] || (score == own[q] && from + v < targets[q]);
                    ranks[q] += before && score > Float.NEGATIVE_INFINITY ? 1 : 0;
                }
            }
        }
    }

    static int topK(ScalarKernels kernels, int k, Ranking c, HostFloats y, int[] items, float[] scores) {
        float[] columns = kernels.gradScratch(c.width());
        System.arraycopy(y.array, y.start, columns, 0, c.width());
        float[] tile = kernels.logitScratch(TILE);
        int size = 0;
        for (int from = 0; from < c.items(); from += TILE) {
            int count = Math.min(TILE, c.items() - from);
            tile(kernels, 1, c, from, count, columns, tile);
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
