package io.freshet.train.step;

import io.freshet.kernel.Floats;
import io.freshet.model.ModelConfig;
import io.freshet.model.ModelParameters;
import io.freshet.store.LaneRange;
import io.freshet.train.exchange.Compression;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.exchange.GradientCodec;
import io.freshet.train.exchange.MessageReader;
import io.freshet.train.exchange.MessageWriter;
import io.freshet.train.items.ItemShards;
import io.freshet.train.loss.ShardLoss;
import io.freshet.train.loss.StepLoss;
import io.freshet.train.loss.StepPositions;

/**
 * The rounds of one step: what crosses learners' borders, and in which order it is put together. A message has no names
 * in it: who gives what follows from the step's plan, which everybody has.
 */
final class StepRounds {
    private static final MessageReader[] NOBODY = {};

    private final Exchange exchange;
    private final LaneRange owned;
    private final LaneTrainer[] lanes;
    private final ItemShards items;
    private final WorkBalance balance;
    private final DenseWeights dense;
    private final int width;
    private final boolean halves;
    private final GradientCodec codec;
    private final MessageWriter[] writers;
    private final float[] row;
    private float[] part = new float[0];
    private int[] slots = new int[0];
    private long bytes;

    StepRounds(
            ModelConfig config,
            Exchange exchange,
            LaneTrainer[] lanes,
            ItemShards items,
            WorkBalance balance,
            DenseWeights dense,
            Compression compression) {
        this.exchange = exchange;
        halves = compression.rows() == Compression.Rows.BFLOAT16;
        codec = new GradientCodec(compression.gradients());
        this.lanes = lanes;
        this.items = items;
        this.balance = balance;
        this.dense = dense;
        owned = items.owned();
        width = config.width();
        row = new float[width];
        writers = new MessageWriter[exchange.learners()];
        for (int k = 0; k < writers.length; k++) {
            writers[k] = new MessageWriter();
        }
    }

    private boolean here(int learner) {
        return learner == exchange.self();
    }

    private int ownerOfItem(int item) {
        return exchange.ownerOf(items.laneOf(item), lanes.length);
    }

    private MessageReader[] deal() {
        byte[][] parts = new byte[writers.length][];
        for (int k = 0; k < parts.length; k++) {
            parts[k] = writers[k].toBytes();
            bytes += here(k) ? 0 : parts[k].length;
            writers[k].clear();
        }
        return MessageReader.of(exchange.deal(parts));
    }

    private MessageReader[] share() {
        byte[] mine = writers[0].toBytes();
        bytes += (long) mine.length * (writers.length - 1);
        writers[0].clear();
        return MessageReader.of(exchange.share(mine));
    }

    /** Bytes given to other learners so far. */
    long bytes() {
        return bytes;
    }

    /** Brings the rows of every lane's inputs to where the lane is computed. */
    void inputRows(ShardLoss[] shards) {
        MessageReader[] readers = NOBODY;
        if (!exchange.alone()) {
            for (int lane = 0; lane < lanes.length; lane++) {
                int to = balance.computedBy(lane);
                for (int i = 0; !here(to) && i < lanes[lane].inputs(); i++) {
                    int item = lanes[lane].input(i);
                    if (here(ownerOfItem(item))) {
                        putRow(writers[to], rowsOf(shards, item), slotOf(shards, item));
                    }
                }
            }
            readers = deal();
        }
        for (int lane = 0; lane < lanes.length; lane++) {
            for (int i = 0; here(balance.computedBy(lane)) && i < lanes[lane].inputs(); i++) {
                int item = lanes[lane].input(i);
                int owner = ownerOfItem(item);
                if (exchange.alone() || here(owner)) {
                    load(rowsOf(shards, item), slotOf(shards, item));
                } else {
                    getRow(readers[owner]);
                }
                lanes[lane].items().upload(row, 0, i * width, width);
            }
        }
    }

    /** Loads one row into {@link #row}, in the precision that rows travel with. */
    private void load(Floats rows, int at) {
        rows.download(at * width, row, 0, width);
        for (int i = 0; halves && i < width; i++) {
            row[i] = GradientCodec.bfloat16(row[i]);
        }
    }

    private void putRow(MessageWriter writer, Floats rows, int at) {
        load(rows, at);
        if (halves) {
            writer.putHalves(row, 0, width);
        } else {
            writer.putFloats(row, 0, width);
        }
    }

    private void getRow(MessageReader reader) {
        if (halves) {
            reader.getHalves(row, 0, width);
        } else {
            reader.getFloats(row, 0, width);
        }
    }

    private Floats rowsOf(ShardLoss[] shards, int item) {
        return shards[items.laneOf(item)].rows();
    }

    private int slotOf(ShardLoss[] shards, int item) {
        return shards[items.laneOf(item)].batchRowOf(item);
    }

    /** Puts the queries of all lanes together, in lane order, everywhere. */
    void queries(StepPositions positions, Floats queries) {
        MessageReader[] readers = NOBODY;
        if (!exchange.alone()) {
            for (int lane = 0; lane < lanes.length; lane++) {
                if (here(balance.computedBy(lane)) && positions.count(lane) > 0) {
                    writers[0].putFloats(lanes[lane].queries(), 0, positions.count(lane) * width);
                }
            }
            readers = share();
        }
        for (int lane = 0; lane < lanes.length; lane++) {
            int count = positions.count(lane) * width;
            int by = balance.computedBy(lane);
            if (count > 0 && (exchange.alone() || here(by))) {
                part = part.length < count ? new float[2 * count] : part;
                lanes[lane].queries().download(0, part, 0, count);
                queries.upload(part, 0, positions.from(lane) * width, count);
            } else if (count > 0) {
                readers[by].getFloats(queries, positions.from(lane) * width, count);
            }
        }
    }

    /** Sums of the shards' softmaxes and the targets' scores, in lane order. */
    void partials(StepPositions positions, ShardLoss[] shards, StepLoss loss) {
        if (exchange.alone()) {
            for (int lane = 0; lane < lanes.length; lane++) {
                loss.take(lane, shards[lane], positions, items);
            }
            return;
        }
        for (int lane = owned.from(); lane < owned.to(); lane++) {
            ShardLoss shard = shards[lane];
            for (int i = 0; i < positions.count(); i++) {
                writers[0].putFloat(shard.max(i));
                writers[0].putFloat(shard.sum(i));
                if (items.laneOf(positions.itemIndex(i)) == lane) {
                    writers[0].putFloat(shard.targetLogit(i));
                    writers[0].putFloat(shard.targetScore(i));
                }
            }
        }
        MessageReader[] readers = share();
        for (int lane = 0; lane < lanes.length; lane++) {
            MessageReader owner = readers[exchange.ownerOf(lane, lanes.length)];
            for (int i = 0; i < positions.count(); i++) {
                loss.takePartial(lane, i, owner.getFloat(), owner.getFloat());
                if (items.laneOf(positions.itemIndex(i)) == lane) {
                    loss.takeTarget(i, owner.getFloat(), owner.getFloat());
                }
            }
        }
    }

    /** Adds the shards' parts of the queries' gradients up, in lane order, where the queries' lanes are computed. */
    void queryGradients(StepPositions positions, ShardLoss[] shards, float[] dQueries) {
        MessageReader[] readers = NOBODY;
        if (!exchange.alone()) {
            for (int lane = 0; lane < lanes.length; lane++) {
                int to = balance.computedBy(lane);
                for (int shard = owned.from(); !here(to) && shard < owned.to(); shard++) {
                    writers[to].putFloats(
                            shards[shard].dQueries(), positions.from(lane) * width, positions.count(lane) * width);
                }
            }
            readers = deal();
        }
        for (int lane = 0; lane < lanes.length; lane++) {
            int from = positions.from(lane) * width;
            int count = positions.count(lane) * width;
            if (!here(balance.computedBy(lane)) || count == 0) {
                continue;
            }
            part = part.length < count ? new float[2 * count] : part;
            for (int shard = 0; shard < lanes.length; shard++) {
                if (exchange.alone() || owned.contains(shard)) {
                    shards[shard].dQueries().download(from, part, 0, count);
                } else {
                    readers[exchange.ownerOf(shard, lanes.length)].getFloats(part, 0, count);
                }
                for (int i = 0; i < count; i++) {
                    dQueries[from + i] = shard == 0 ? part[i] : dQueries[from + i] + part[i];
                }
            }
        }
    }

    /** Brings the lanes' gradients to the owners of rows and slices, who add them up in lane order. */
    void gradients(ShardLoss[] shards, float[][] gradients) {
        if (halves) {
            roundInputGradients();
        }
        MessageReader[] readers = exchange.alone() ? NOBODY : giveGradients(gradients);
        boolean first = true;
        for (int lane = 0; lane < lanes.length; lane++) {
            if (!lanes[lane].active()) {
                continue;
            }
            int by = balance.computedBy(lane);
            if (!here(by)) {
                for (int i = 0; i < lanes[lane].inputs(); i++) {
                    if (here(ownerOfItem(lanes[lane].input(i)))) {
                        getRow(readers[by]);
                        lanes[lane].dItems().upload(row, 0, i * width, width);
                    }
                }
                for (int slice = owned.from(); slice < owned.to(); slice++) {
                    DenseWeights.Range range = dense.slice(slice);
                    codec.get(readers[by], gradients[lane], range.from(), range.to());
                }
            }
            dense.add(gradients[lane], dense.slices(owned), first);
            first = false;
            addInputGradients(lanes[lane], shards);
        }
    }

    private void roundInputGradients() {
        for (int lane = 0; lane < lanes.length; lane++) {
            for (int i = 0; here(balance.computedBy(lane)) && i < lanes[lane].inputs(); i++) {
                load(lanes[lane].dItems(), i);
                lanes[lane].dItems().upload(row, 0, i * width, width);
            }
        }
    }

    private MessageReader[] giveGradients(float[][] gradients) {
        for (int lane = 0; lane < lanes.length; lane++) {
            if (!lanes[lane].active() || !here(balance.computedBy(lane))) {
                continue;
            }
            for (int i = 0; i < lanes[lane].inputs(); i++) {
                int owner = ownerOfItem(lanes[lane].input(i));
                if (!here(owner)) {
                    putRow(writers[owner], lanes[lane].dItems(), i);
                }
            }
            for (int slice = 0; slice < lanes.length; slice++) {
                int owner = exchange.ownerOf(slice, lanes.length);
                if (!here(owner)) {
                    DenseWeights.Range range = dense.slice(slice);
                    codec.put(writers[owner], gradients[lane], range.from(), range.to());
                }
            }
        }
        return deal();
    }

    private void addInputGradients(LaneTrainer lane, ShardLoss[] shards) {
        int count = lane.inputs();
        slots = slots.length < count ? new int[2 * count] : slots;
        for (int shard = owned.from(); shard < owned.to(); shard++) {
            boolean any = false;
            for (int i = 0; i < count; i++) {
                int item = lane.input(i);
                slots[i] = items.laneOf(item) == shard ? shards[shard].batchRowOf(item) : -1;
                any |= slots[i] >= 0;
            }
            if (any) {
                shards[shard].addInputGradients(lane.dItems(), slots, count);
            }
        }
    }

    /** What all need to decide on the step: lengths of gradients, gradients of priors, and ranks. */
    void sums(StepPositions positions, ShardLoss[] shards, StepSums sums) {
        MessageWriter writer = writers[0];
        for (int lane = owned.from(); lane < owned.to(); lane++) {
            writer.putDouble(dense.sumOfSquares(lane));
            writer.putDouble(shards[lane].sumOfSquares());
            for (int prior = 0; prior < ModelParameters.PRIORS; prior++) {
                writer.putDouble(shards[lane].logitWeightGradient(prior));
            }
        }
        for (int i = 0; i < positions.count(); i++) {
            int above = 0;
            for (int lane = owned.from(); lane < owned.to(); lane++) {
                above += shards[lane].above(i);
            }
            writer.putInt(above);
        }
        MessageReader[] readers = share();
        sums.clear(positions.count());
        for (int lane = 0; lane < lanes.length; lane++) {
            sums.takeLane(readers[exchange.ownerOf(lane, lanes.length)]);
        }
        for (MessageReader reader : readers) {
            sums.takeRanks(reader, positions.count());
        }
    }

    /** Brings the owners' new slices to everybody. */
    void weights() {
        if (exchange.alone()) {
            return;
        }
        DenseWeights.Range mine = dense.slices(owned);
        writers[0].putFloats(dense.weights().block(), mine.from(), mine.count());
        MessageReader[] readers = share();
        float[] priors = dense.priors();
        for (int k = 0; k < readers.length; k++) {
            DenseWeights.Range range = dense.slices(Exchange.owned(k, lanes.length, readers.length));
            if (!here(k)) {
                readers[k].getFloats(dense.weights().block(), range.from(), range.count());
            }
        }
        dense.weights().priors().upload(priors, 0, 0, priors.length);
    }
}
