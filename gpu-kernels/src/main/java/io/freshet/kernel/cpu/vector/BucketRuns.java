package io.freshet.kernel.cpu.vector;

import io.freshet.kernel.JaggedLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The time buckets of a layout as runs: rows are in order of time, so a key has few buckets for all rows of a tile, an
 * old key mostly one. Runs stand tile by tile, key by key, by row; each is {@code bucket * TILE + first row}, and one
 * from row 0 begins the next key. Rows that do not see a key are in the run of the first one that does.
 */
final class BucketRuns {
    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int TILE = JaggedLayout.TILE;

    /** All runs, {@code [runs]}. */
    private int[] values = new int[0];
    /** First run of every tile, and the end of the last, {@code [tiles + 1]}. */
    private int[] starts = new int[1];
    /** First tile of every sequence, {@code [B]}. */
    private int[] tiles = new int[0];

    private @Nullable JaggedLayout read;
    private int version;

    /** All runs, {@code [runs]}. */
    int[] values() {
        return values;
    }

    /** Place of the first run of tile {@code t} of sequence {@code b}. */
    int start(int b, int t) {
        return starts[tiles[b] + t];
    }

    /** Place behind its last run. */
    int end(int b, int t) {
        return starts[tiles[b] + t + 1];
    }

    /** Finds the runs of a layout, unless they are known: all layers, heads and directions share them. */
    void update(JaggedLayout layout) {
        if (layout != read || layout.version() != version) {
            read(layout);
            read = layout;
            version = layout.version();
        }
    }

    private void read(JaggedLayout layout) {
        int count = 0;
        int tile = 0;
        tiles = room(tiles, layout.sequences());
        for (int b = 0; b < layout.sequences(); b++) {
            int n = layout.length(b);
            tiles[b] = tile;
            starts = room(starts, tile + layout.tiles(b) + 1);
            for (int t = 0; t < layout.tiles(b); t++) {
                int first = JaggedLayout.firstRow(t, n);
                // Room for the worst, so that it is a matter of shapes alone.
                values = room(values, count + (first + TILE) * TILE);
                starts[tile++] = count;
                for (int j = 0; j < first + TILE; j++) {
                    int at = layout.tile(b, t) + j * TILE;
                    count = read(layout.readTimeBuckets(), at, Math.max(0, j - first), count);
                }
            }
        }
        starts[tile] = count;
    }

    private static int[] room(int[] array, int count) {
        return array.length < count ? Arrays.copyOf(array, 2 * count) : array;
    }

    /** Reads the runs of a key that is seen from row {@code seen} on. */
    private int read(byte[] buckets, int start, int seen, int count) {
        int n = count;
        values[n++] = (buckets[start + seen] & 255) * TILE;
        long before = 0;
        for (int r = seen & -8; r < TILE; r += 8) {
            long eight = (long) EIGHT.get(buckets, start + r);
            long changes = eight ^ (eight << 8 | before);
            // Rows up to the first that sees the key change nothing.
            int known = r > seen ? 0 : 8 * (seen - r + 1);
            changes = known == 64 ? 0 : changes >>> known << known;
            before = eight >>> 56;
            while (changes != 0) {
                int bit = Long.numberOfTrailingZeros(changes) & 56;
                values[n++] = (int) (eight >>> bit & 255) * TILE + r + (bit >>> 3);
                changes = changes >>> bit >>> 8 << 8 << bit;
            }
        }
        return n;
    }
}
