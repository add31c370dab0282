package io.freshet.train.step;

import io.freshet.model.LogitBiases;
import io.freshet.store.LaneRange;
import io.freshet.train.exchange.Collectives;
import io.freshet.train.exchange.MessageReader;
import io.freshet.train.exchange.MessageWriter;
import io.freshet.train.items.ItemShards;
import io.freshet.train.loss.ShardLoss;
import io.freshet.train.loss.StepLoss;
import io.freshet.train.loss.StepPositions;

/** The rounds that make one loss, one decision and one rank of the shards' parts, in lane order. */
final class LossExchange {
    private final Collectives collectives;
    private final LanePlacement placement;
    private final ItemShards items;

    LossExchange(Collectives collectives, LanePlacement placement, ItemShards items) {
        this.collectives = collectives;
        this.placement = placement;
        this.items = items;
    }

    /** Brings the maxima and sums of the shards' softmaxes and the targets' logits and scores to everybody. */
    void gatherPartials(StepPositions positions, ShardLoss[] shards, StepLoss loss) {
        if (collectives.alone()) {
            for (int lane = 0; lane < placement.lanes(); lane++) {
                loss.take(lane, shards[lane], positions, items);
            }
            return;
        }
        MessageWriter writer = collectives.toAll();
        LaneRange owned = placement.owned();
        for (int lane = owned.from(); lane < owned.to(); lane++) {
            ShardLoss shard = shards[lane];
            for (int i = 0; i < positions.count(); i++) {
                writer.putFloat(shard.max(i));
                writer.putFloat(shard.sum(i));
                if (items.laneOf(positions.itemIndex(i)) == lane) {
                    writer.putFloat(shard.targetLogit(i));
                    writer.putFloat(shard.targetScore(i));
                }
            }
        }
        MessageReader[] readers = collectives.allGather();
        for (int lane = 0; lane < placement.lanes(); lane++) {
            MessageReader owner = readers[placement.ownerOf(lane)];
            for (int i = 0; i < positions.count(); i++) {
                loss.takePartial(lane, i, owner.getFloat(), owner.getFloat());
                if (items.laneOf(positions.itemIndex(i)) == lane) {
                    loss.takeTarget(i, owner.getFloat(), owner.getFloat());
                }
            }
        }
    }

    /** Brings what all need to decide on the step to everybody: squares of gradients, logit weights' and ranks. */
    void gatherSums(StepPositions positions, ShardLoss[] shards, DenseOptimizer dense, StepSums sums) {
        MessageWriter writer = collectives.toAll();
        LaneRange owned = placement.owned();
        for (int lane = owned.from(); lane < owned.to(); lane++) {
            writer.putDouble(dense.sumOfSquares(lane));
            writer.putDouble(shards[lane].sumOfSquares());
            for (int weight = 0; weight < LogitBiases.COUNT; weight++) {
                writer.putDouble(shards[lane].logitWeightGradient(weight));
            }
        }
        for (int i = 0; i < positions.count(); i++) {
            int above = 0;
            for (int lane = owned.from(); lane < owned.to(); lane++) {
                above += shards[lane].above(i);
            }
            writer.putInt(above);
        }
        MessageReader[] readers = collectives.allGather();
        sums.clear(positions.count());
        for (int lane = 0; lane < placement.lanes(); lane++) {
            sums.takeLane(readers[placement.ownerOf(lane)]);
        }
        for (MessageReader reader : readers) {
            sums.takeRanks(reader, positions.count());
        }
    }
}
