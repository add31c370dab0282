package io.freshet.train;

import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.ItemRow;
import io.freshet.store.LaneRange;
import io.freshet.store.OptimizerState;
import io.freshet.store.RowChange;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.exchange.MessageReader;
import io.freshet.train.exchange.MessageWriter;
import io.freshet.train.items.ItemShards;
import io.freshet.train.prequential.BaselineChunks;
import io.freshet.train.step.DenseWeights;
import io.freshet.train.tick.LearnerCounters;
import io.freshet.train.tick.ReplayReservoir;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What learners that open tell each other once: of their lanes' items all but the embeddings, the slices of the dense
 * state, and, from the owner of lane 0, the counters and what is replayed; then, in rounds of a few megabytes, the
 * baselines' counts. Afterwards everybody has what a step needs of the others.
 */
final class LearnerOpening {
    /** Attributes of lane 0 that everybody needs. */
    private static final List<String> SHARED =
            List.of(LearnerCounters.ATTRIBUTE, ReplayReservoir.ATTRIBUTE, BaselineChunks.INDEX);

    /** Bytes of a round of chunks, less the chunk that exceeds it. */
    private static final int ROUND_BYTES = 4 << 20;

    private record OpenedRow(ItemRow row, OptimizerState optimizerState) {}

    private final EmbeddingStore store;
    private final LaneRange owned;
    private final List<OpenedRow> items = new ArrayList<>();

    private LearnerOpening(EmbeddingStore store, LaneRange owned) {
        this.store = store;
        this.owned = owned;
    }

    /**
     * Fills what a learner holds in memory.
     *
     * @return the attributes of lane 0 that are everybody's, by name, {@code [bytes]} each
     */
    static Map<String, byte[]> run(EmbeddingStore store, Exchange exchange, ItemShards shards, DenseWeights dense) {
        LearnerOpening opening = new LearnerOpening(store, shards.owned());
        byte[] counters = shards.owned().contains(0) ? store.attribute(0, LearnerCounters.ATTRIBUTE) : null;
        if (counters != null) {
            LearnerCounters.requireReadable(counters);
        }
        store.forEachRow(opening::take);
        MessageReader[] readers = MessageReader.of(exchange.allGather(opening.give()));
        Map<String, byte[]> attributes = new TreeMap<>();
        for (int k = 0; k < readers.length; k++) {
            LaneRange lanes = Exchange.owned(k, store.layout().lanes(), readers.length);
            opening.read(readers[k], k, lanes, k == exchange.self(), dense);
            for (int n = readers[k].getInt(); n > 0; n--) {
                String name = new String(readers[k].getBytes(), StandardCharsets.UTF_8);
                attributes.put(name, readers[k].getBytes());
            }
        }
        opening.items.sort(Comparator.comparingLong(opened -> opened.row.ordinal()));
        opening.items.forEach(opened -> shards.put(opened.row, opened.optimizerState));
        store.forEachCoOccurrence((int lane, CoOccurrenceRow row) ->
                shards.shard(lane).coOccurrences().put(row));
        return attributes;
    }

    /**
     * Gives everybody the baselines' chunks, which the owner of lane 0 has.
     *
     * @param index that lists them, {@code [bytes]}, the same for everybody
     * @param to takes every chunk, {@code [bytes]}
     */
    static void chunks(EmbeddingStore store, Exchange exchange, byte[] index, Consumer<byte[]> to) {
        chunks(store, exchange, index, ROUND_BYTES, to);
    }

    /**
     * Gives the chunks in rounds of so many bytes, less the chunk that exceeds them.
     *
     * @param index that lists them, {@code [bytes]}
     * @param to takes every chunk, {@code [bytes]}
     */
    static void chunks(EmbeddingStore store, Exchange exchange, byte[] index, int roundBytes, Consumer<byte[]> to) {
        int owner = exchange.ownerOf(0, store.layout().lanes());
        List<String> names = BaselineChunks.chunks(index);
        MessageWriter writer = new MessageWriter();
        for (int done = 0; done < names.size(); ) {
            if (exchange.self() == owner) {
                give(store, names.subList(done, names.size()), roundBytes, writer);
            }
            MessageReader reader = MessageReader.of(exchange.allGather(writer.toBytes()))[owner];
            writer.clear();
            int count = reader.getInt();
            if (count < 1) {
                throw new IllegalStateException("learner " + owner + " gave " + count + " of the "
                        + (names.size() - done) + " chunks that are missing");
            }
            for (int i = 0; i < count; i++) {
                to.accept(reader.getBytes());
            }
            done += count;
        }
    }

    private static void give(EmbeddingStore store, List<String> names, int roundBytes, MessageWriter writer) {
        List<byte[]> chunks = new ArrayList<>();
        long bytes = 0;
        for (int i = 0; i < names.size() && bytes < roundBytes; i++) {
            byte[] chunk = store.attribute(0, names.get(i));
            if (chunk == null) {
                throw new IllegalStateException("the state has no " + names.get(i) + ", which " + BaselineChunks.INDEX
                        + " lists: its snapshot is incomplete");
            }
            chunks.add(chunk);
            bytes += chunk.length;
        }
        writer.putInt(chunks.size());
        chunks.forEach(writer::putBytes);
    }

    private void take(RowChange change) {
        items.add(new OpenedRow(change.row(), change.optimizerState()));
    }

    private byte[] give() {
        MessageWriter writer = new MessageWriter();
        writer.putLong(store.tick());
        writer.putInt(items.size());
        for (OpenedRow opened : items) {
            ItemRow row = opened.row;
            writer.putLong(row.item());
            writer.putBytes(row.name().getBytes(StandardCharsets.UTF_8));
            writer.putLong(row.ordinal());
            writer.putFloat(row.frequency());
            writer.putFloat(row.recentFrequency());
            writer.putLong(row.lastTick());
        }
        for (int lane = owned.from(); lane < owned.to() && store.tick() >= 0; lane++) {
            for (String name : DenseWeights.ownNames(lane)) {
                float[] values = store.dense(lane, name);
                if (values == null) {
                    throw new IllegalStateException("the store holds ticks up to " + store.tick()
                            + " but not the learner's own " + name + " of lane " + lane
                            + ": it is a follower's, or its snapshot is incomplete");
                }
                writer.putInt(values.length);
                writer.putFloats(values, 0, values.length);
            }
        }
        Map<String, byte[]> attributes = new TreeMap<>();
        for (String name : SHARED) {
            byte[] value = owned.contains(0) ? store.attribute(0, name) : null;
            if (value != null) {
                attributes.put(name, value);
            }
        }
        writer.putInt(attributes.size());
        attributes.forEach((name, value) -> {
            writer.putBytes(name.getBytes(StandardCharsets.UTF_8));
            writer.putBytes(value);
        });
        return writer.toBytes();
    }

    private void read(MessageReader in, int learner, LaneRange lanes, boolean mine, DenseWeights dense) {
        long tick = in.getLong();
        if (tick != store.tick()) {
            throw new IllegalStateException("learner " + learner + " opens at tick " + tick + ", this one at tick "
                    + store.tick() + ": their snapshots are not the same");
        }
        for (int n = in.getInt(); n > 0; n--) {
            ItemRow row = new ItemRow(
                    in.getLong(),
                    new String(in.getBytes(), StandardCharsets.UTF_8),
                    in.getLong(),
                    in.getFloat(),
                    in.getFloat(),
                    in.getLong(),
                    new float[0]);
            if (!mine) {
                items.add(new OpenedRow(row, new OptimizerState(0, 0)));
            }
        }
        for (int lane = lanes.from(); lane < lanes.to() && tick >= 0; lane++) {
            Map<String, float[]> tensors = new TreeMap<>();
            for (String name : DenseWeights.ownNames(lane)) {
                float[] values = new float[in.getInt()];
                in.getFloats(values, 0, values.length);
                tensors.put(name, values);
            }
            dense.restore(lane, tensors);
        }
    }
}
