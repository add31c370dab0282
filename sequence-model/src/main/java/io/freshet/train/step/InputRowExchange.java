package io.freshet.train.step;

import io.freshet.train.exchange.Collectives;
import io.freshet.train.exchange.MessageReader;
import io.freshet.train.exchange.RowCodec;
import io.freshet.train.loss.ShardLoss;

/** The round that brings the rows of every lane's inputs from their owners to where the lane is computed. */
final class InputRowExchange {
    private final Collectives collectives;
    private final LanePlacement placement;
    private final RowCodec codec;

    InputRowExchange(Collectives collectives, LanePlacement placement, RowCodec codec) {
        this.collectives = collectives;
        this.placement = placement;
        this.codec = codec;
    }

    /** Fills the inputs' rows of the lanes that are computed here. */
    void gather(LaneTrainer[] lanes, ShardLoss[] shards) {
        MessageReader[] readers = collectives.alone() ? Collectives.none() : give(lanes, shards);
        for (int lane = 0; lane < lanes.length; lane++) {
            for (int i = 0; placement.computesLane(lane) && i < lanes[lane].inputs(); i++) {
                int itemIndex = lanes[lane].input(i);
                int owner = placement.ownerOfItem(itemIndex);
                if (placement.isLocal(owner)) {
                    load(shards, itemIndex);
                } else {
                    codec.get(readers[owner]);
                }
                codec.store(lanes[lane].inputRows(), i);
            }
        }
    }

    private MessageReader[] give(LaneTrainer[] lanes, ShardLoss[] shards) {
        for (int lane = 0; lane < lanes.length; lane++) {
            int to = placement.computedBy(lane);
            for (int i = 0; !placement.isLocal(to) && i < lanes[lane].inputs(); i++) {
                int itemIndex = lanes[lane].input(i);
                if (placement.isLocal(placement.ownerOfItem(itemIndex))) {
                    load(shards, itemIndex);
                    codec.put(collectives.to(to));
                }
            }
        }
        return collectives.allToAll();
    }

    private void load(ShardLoss[] shards, int itemIndex) {
        ShardLoss shard = shards[placement.laneOf(itemIndex)];
        codec.load(shard.rows(), shard.batchRowOf(itemIndex));
    }
}
