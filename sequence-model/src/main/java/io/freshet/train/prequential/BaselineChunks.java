package io.freshet.train.prequential;

import io.freshet.model.items.ItemDirectory;
import io.freshet.store.codec.BytesWriter;
import io.freshet.train.exchange.SealedBytes;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The baselines' counts as attributes of lane 0, of which a checkpoint writes those that changed. Items are spread over
 * a fixed number of chunks by their ids, so that neither the number of attributes nor the size of one grows with the
 * log; an item that is removed leaves its chunk.
 *
 * <pre>
 * chunk = i32 n {i64 item | i64 interactions | i32 m {i64 successor | i32 count}}
 * index = i64 successors evicted | 8 KiB, a bit for every chunk that holds an item
 * </pre>
 */
public final class BaselineChunks {
    /** Attribute of lane 0 that says which chunks there are. */
    public static final String INDEX = "learner.baselines";

    private static final int VERSION = 1;
    private static final int CHUNKS = 1 << 16;

    private final ItemDirectory directory;
    private final PopularityOrder popularity;
    private final SuccessorCounts successors;
    /** A bit for every chunk that holds an item, {@code [CHUNKS]}. */
    private final BitSet present = new BitSet(CHUNKS);
    /** A bit for every chunk that changed since it was saved, {@code [CHUNKS]}. */
    private final BitSet changed = new BitSet(CHUNKS);

    BaselineChunks(ItemDirectory directory, PopularityOrder popularity, SuccessorCounts successors) {
        this.directory = directory;
        this.popularity = popularity;
        this.successors = successors;
    }

    private static int chunkOf(long item) {
        return (int) (item * 0x9E3779B97F4A7C15L >>> 48);
    }

    static String name(int chunk) {
        return INDEX + "." + chunk;
    }

    /** The counts of an item changed, or it is about to go. */
    void touch(int index) {
        changed.set(chunkOf(directory.item(index)));
    }

    /**
     * Adds the chunks that changed since the last call, and the index.
     *
     * @param attributes those of lane 0, by name, {@code [bytes]} each
     */
    public void save(Map<String, byte[]> attributes) {
        int count = 0;
        long[] order = new long[1024];
        for (int at = 0; at < popularity.size(); at++) {
            int chunk = chunkOf(directory.item(at));
            if (changed.get(chunk)) {
                order = count == order.length ? Arrays.copyOf(order, 2 * count) : order;
                order[count++] = (long) chunk << 32 | at;
            }
        }
        Arrays.sort(order, 0, count);
        present.andNot(changed);
        BytesWriter out = new BytesWriter(1 << 12);
        for (int from = 0; from < count; ) {
            int chunk = (int) (order[from] >>> 32);
            int to = from;
            while (to < count && (int) (order[to] >>> 32) == chunk) {
                to++;
            }
            out.clear();
            out.putInt(to - from);
            for (int i = from; i < to; i++) {
                write((int) order[i], out);
            }
            attributes.put(name(chunk), SealedBytes.seal(VERSION, out.toBytes()));
            present.set(chunk);
            changed.clear(chunk);
            from = to;
        }
        // Chunks whose last item was removed: there is no way to take an attribute out, so it becomes empty.
        changed.stream().forEach(chunk -> attributes.put(name(chunk), new byte[0]));
        changed.clear();
        ByteBuffer index = ByteBuffer.allocate(8 + CHUNKS / 8).putLong(successors.evictions());
        index.put(present.toByteArray());
        attributes.put(INDEX, SealedBytes.seal(VERSION, index.array()));
    }

    private void write(int at, BytesWriter out) {
        out.putLong(directory.item(at));
        out.putLong(popularity.count(at));
        int n = successors.size(at);
        out.putInt(n);
        for (int place = 0; place < n; place++) {
            out.putLong(directory.item(successors.successor(at, place)));
            out.putInt(successors.count(at, place));
        }
    }

    /** Names of the chunks that {@code index [16 + CHUNKS / 8]} lists, bytes in their seal. */
    public static List<String> chunks(byte[] index) {
        return chunksOf(SealedBytes.open("the baselines' chunks", VERSION, index)).stream()
                .mapToObj(BaselineChunks::name)
                .toList();
    }

    private static BitSet chunksOf(byte[] index) {
        return BitSet.valueOf(ByteBuffer.wrap(index, 8, index.length - 8));
    }

    /**
     * Takes what was kept, once the directory is filled.
     *
     * @param index the attribute {@link #INDEX}, {@code [16 + CHUNKS / 8]} bytes in their seal
     * @param each gives every chunk that the index lists, {@code [bytes]}, to its argument
     */
    public void restore(byte[] index, Consumer<Consumer<byte[]>> each) {
        byte[] content = SealedBytes.open("the baselines' chunks", VERSION, index);
        present.clear();
        present.or(chunksOf(content));
        long[] counts = new long[directory.size()];
        successors.clear();
        each.accept(chunk -> read(chunk, counts));
        popularity.load(counts, counts.length);
        successors.evictions(ByteBuffer.wrap(content).getLong());
        changed.clear();
    }

    private void read(byte[] chunk, long[] counts) {
        ByteBuffer in = ByteBuffer.wrap(SealedBytes.open("the baselines' counts", VERSION, chunk));
        try {
            for (int n = in.getInt(); n > 0; n--) {
                int at = indexOf(in.getLong());
                counts[at] = in.getLong();
                for (int m = in.getInt(); m > 0; m--) {
                    successors.append(at, indexOf(in.getLong()), in.getInt());
                }
            }
        } catch (BufferUnderflowException e) {
            throw new IllegalStateException("the baselines' counts are cut short", e);
        }
    }

    private int indexOf(long item) {
        int at = directory.indexOf(item);
        if (at < 0) {
            throw new IllegalStateException("the baselines count item " + Long.toUnsignedString(item)
                    + ", of which the state has no row: rows and counts are of different ticks");
        }
        return at;
    }
}
