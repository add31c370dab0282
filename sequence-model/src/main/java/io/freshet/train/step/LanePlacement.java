package io.freshet.train.step;

import io.freshet.store.LaneRange;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.items.ItemShards;

/** Which learner owns a lane and an item, which computes a lane in this step, and whether that is this one. */
final class LanePlacement {
    private final Exchange exchange;
    private final ItemShards items;
    private final WorkBalance balance;
    private final int lanes;

    LanePlacement(Exchange exchange, ItemShards items, WorkBalance balance, int lanes) {
        this.exchange = exchange;
        this.items = items;
        this.balance = balance;
        this.lanes = lanes;
    }

    /** Number of lanes, {@code L}. */
    int lanes() {
        return lanes;
    }

    /** Lanes that this learner owns. */
    LaneRange owned() {
        return items.owned();
    }

    /** Lanes that a learner owns. */
    LaneRange ownedBy(int learner) {
        return Exchange.owned(learner, lanes, exchange.learners());
    }

    /** Learner that owns a lane. */
    int ownerOf(int lane) {
        return exchange.ownerOf(lane, lanes);
    }

    /** Learner that owns an item, by itemIndex. */
    int ownerOfItem(int itemIndex) {
        return exchange.ownerOf(items.laneOf(itemIndex), lanes);
    }

    /** Lane of an item, by itemIndex. */
    int laneOf(int itemIndex) {
        return items.laneOf(itemIndex);
    }

    /** Learner that computes a lane in this step. */
    int computedBy(int lane) {
        return balance.computedBy(lane);
    }

    /** Whether this learner computes a lane in this step. */
    boolean computesLane(int lane) {
        return isLocal(balance.computedBy(lane));
    }

    /** Whether a learner is this one. */
    boolean isLocal(int learner) {
        return learner == exchange.self();
    }
}
