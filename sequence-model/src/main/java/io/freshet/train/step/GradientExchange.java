package io.freshet.train.step;

import io.freshet.store.LaneRange;
import io.freshet.train.exchange.Collectives;
import io.freshet.train.exchange.GradientCodec;
import io.freshet.train.exchange.MessageReader;
import io.freshet.train.exchange.RowCodec;
import io.freshet.train.loss.ShardLoss;
import io.freshet.train.step.DenseSlices.Range;

/**
 * The rounds that bring the lanes' gradients to the owners of rows and slices, who add them up in lane order, and the
 * owners' new weights back to everybody.
 */
final class GradientExchange {
    private final Collectives collectives;
    private final LanePlacement placement;
    private final DenseWeights dense;
    private final DenseOptimizer optimizer;
    private final RowCodec rowCodec;
    private final GradientCodec gradientCodec;
    /** The batchRows of a lane's inputs in one shard, {@code [I]}; negative where an input is another shard's. */
    private int[] batchRows = new int[0];

    GradientExchange(
            Collectives collectives,
            LanePlacement placement,
            DenseWeights dense,
            DenseOptimizer optimizer,
            RowCodec rowCodec,
            GradientCodec gradientCodec) {
        this.collectives = collectives;
        this.placement = placement;
        this.dense = dense;
        this.optimizer = optimizer;
        this.rowCodec = rowCodec;
        this.gradientCodec = gradientCodec;
    }

    /**
     * Adds the gradients of all lanes to owned rows and slices.
     *
     * @param gradients dense gradients of every lane, {@code [L, P]}; those of lanes computed elsewhere are overwritten
     */
    void reduce(LaneTrainer[] lanes, ShardLoss[] shards, float[][] gradients) {
        if (rowCodec.rounds()) {
            roundInputGradients(lanes);
        }
        MessageReader[] readers = collectives.alone() ? Collectives.none() : give(lanes, gradients);
        boolean first = true;
        for (int lane = 0; lane < lanes.length; lane++) {
            if (!lanes[lane].active()) {
                continue;
            }
            if (!placement.computesLane(lane)) {
                take(readers[placement.computedBy(lane)], lanes[lane], gradients[lane]);
            }
            optimizer.add(gradients[lane], dense.slices().of(placement.owned()), first);
            first = false;
            addInputGradients(lanes[lane], shards);
        }
    }

    private void roundInputGradients(LaneTrainer[] lanes) {
        for (int lane = 0; lane < lanes.length; lane++) {
            for (int i = 0; placement.computesLane(lane) && i < lanes[lane].inputs(); i++) {
                rowCodec.load(lanes[lane].inputGradients(), i);
                rowCodec.store(lanes[lane].inputGradients(), i);
            }
        }
    }

    private MessageReader[] give(LaneTrainer[] lanes, float[][] gradients) {
        for (int lane = 0; lane < lanes.length; lane++) {
            if (!lanes[lane].active() || !placement.computesLane(lane)) {
                continue;
            }
            for (int i = 0; i < lanes[lane].inputs(); i++) {
                int owner = placement.ownerOfItem(lanes[lane].input(i));
                if (!placement.isLocal(owner)) {
                    rowCodec.load(lanes[lane].inputGradients(), i);
                    rowCodec.put(collectives.to(owner));
                }
            }
            for (int slice = 0; slice < lanes.length; slice++) {
                int owner = placement.ownerOf(slice);
                if (!placement.isLocal(owner)) {
                    Range range = dense.slices().of(slice);
                    gradientCodec.put(collectives.to(owner), gradients[lane], range.from(), range.to());
                }
            }
        }
        return collectives.allToAll();
    }

    private void take(MessageReader reader, LaneTrainer lane, float[] gradient) {
        for (int i = 0; i < lane.inputs(); i++) {
            if (placement.isLocal(placement.ownerOfItem(lane.input(i)))) {
                rowCodec.get(reader);
                rowCodec.store(lane.inputGradients(), i);
            }
        }
        LaneRange owned = placement.owned();
        for (int slice = owned.from(); slice < owned.to(); slice++) {
            Range range = dense.slices().of(slice);
            gradientCodec.get(reader, gradient, range.from(), range.to());
        }
    }

    private void addInputGradients(LaneTrainer lane, ShardLoss[] shards) {
        int count = lane.inputs();
        batchRows = batchRows.length < count ? new int[2 * count] : batchRows;
        LaneRange owned = placement.owned();
        for (int shard = owned.from(); shard < owned.to(); shard++) {
            boolean any = false;
            for (int i = 0; i < count; i++) {
                int itemIndex = lane.input(i);
                batchRows[i] = placement.laneOf(itemIndex) == shard ? shards[shard].batchRowOf(itemIndex) : -1;
                any |= batchRows[i] >= 0;
            }
            if (any) {
                shards[shard].addInputGradients(lane.inputGradients(), batchRows, count);
            }
        }
    }

    /** Brings the owners' new slices to everybody. */
    void gatherWeights() {
        if (collectives.alone()) {
            return;
        }
        Range mine = dense.slices().of(placement.owned());
        collectives.toAll().putFloats(dense.weights().block(), mine.from(), mine.count());
        MessageReader[] readers = collectives.allGather();
        float[] logitWeights = dense.logitWeights();
        for (int k = 0; k < readers.length; k++) {
            Range range = dense.slices().of(placement.ownedBy(k));
            if (!placement.isLocal(k)) {
                readers[k].getFloats(dense.weights().block(), range.from(), range.count());
            }
        }
        // The logit weights are everybody's own, whichever slice they lie in.
        dense.weights().logitBiases().upload(logitWeights, 0, 0, logitWeights.length);
    }
}
