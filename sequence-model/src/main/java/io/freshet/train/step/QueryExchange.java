package io.freshet.train.step;

import io.freshet.kernel.Floats;
import io.freshet.store.LaneRange;
import io.freshet.train.exchange.Collectives;
import io.freshet.train.exchange.MessageReader;
import io.freshet.train.loss.ShardLoss;
import io.freshet.train.loss.StepPositions;

/**
 * The rounds of the queries: all queries go everywhere, and the shards' parts of their gradients come back to where the
 * queries' lanes are computed, and are added in lane order.
 */
final class QueryExchange {
    private final Collectives collectives;
    private final LanePlacement placement;
    private final int width;
    /** One lane's queries, or one shard's part of their gradients, {@code [Ml, D]}. */
    private float[] part = new float[0];

    QueryExchange(Collectives collectives, LanePlacement placement, int width) {
        this.collectives = collectives;
        this.placement = placement;
        this.width = width;
    }

    /** Puts the queries of all lanes together in lane order, {@code queries [M, D]}, everywhere. */
    void gather(LaneTrainer[] lanes, StepPositions positions, Floats queries) {
        MessageReader[] readers = Collectives.none();
        if (!collectives.alone()) {
            for (int lane = 0; lane < lanes.length; lane++) {
                if (placement.computesLane(lane) && positions.count(lane) > 0) {
                    collectives.toAll().putFloats(lanes[lane].queries(), 0, positions.count(lane) * width);
                }
            }
            readers = collectives.allGather();
        }
        for (int lane = 0; lane < lanes.length; lane++) {
            int count = positions.count(lane) * width;
            int by = placement.computedBy(lane);
            if (count > 0 && placement.isLocal(by)) {
                reserve(count);
                lanes[lane].queries().download(0, part, 0, count);
                queries.upload(part, 0, positions.from(lane) * width, count);
            } else if (count > 0) {
                readers[by].getFloats(queries, positions.from(lane) * width, count);
            }
        }
    }

    /** Adds the shards' parts of {@code dQueries [M, D]} up in lane order, of lanes that are computed here. */
    void reduceGradients(StepPositions positions, ShardLoss[] shards, float[] dQueries) {
        MessageReader[] readers = collectives.alone() ? Collectives.none() : giveGradients(positions, shards);
        LaneRange owned = placement.owned();
        for (int lane = 0; lane < placement.lanes(); lane++) {
            int from = positions.from(lane) * width;
            int count = positions.count(lane) * width;
            if (!placement.computesLane(lane) || count == 0) {
                continue;
            }
            reserve(count);
            for (int shard = 0; shard < placement.lanes(); shard++) {
                if (owned.contains(shard)) {
                    shards[shard].dQueries().download(from, part, 0, count);
                } else {
                    readers[placement.ownerOf(shard)].getFloats(part, 0, count);
                }
                for (int i = 0; i < count; i++) {
                    dQueries[from + i] = shard == 0 ? part[i] : dQueries[from + i] + part[i];
                }
            }
        }
    }

    private MessageReader[] giveGradients(StepPositions positions, ShardLoss[] shards) {
        LaneRange owned = placement.owned();
        for (int lane = 0; lane < placement.lanes(); lane++) {
            int to = placement.computedBy(lane);
            for (int shard = owned.from(); !placement.isLocal(to) && shard < owned.to(); shard++) {
                collectives
                        .to(to)
                        .putFloats(
                                shards[shard].dQueries(), positions.from(lane) * width, positions.count(lane) * width);
            }
        }
        return collectives.allToAll();
    }

    private void reserve(int count) {
        part = part.length < count ? new float[2 * count] : part;
    }
}
