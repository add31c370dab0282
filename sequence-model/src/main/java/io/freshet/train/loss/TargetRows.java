package io.freshet.train.loss;

import io.freshet.kernel.Device;
import io.freshet.kernel.Ints;
import io.freshet.model.items.ItemDirectory;
import io.freshet.train.items.ItemShard;

/** Where the targets of a step's positions stand in one shard. */
final class TargetRows {
    private final Device device;
    private final ItemShard shard;
    private final ItemDirectory directory;
    /** The target's batchRow, {@code [M]}; negative where the target is another shard's. */
    private int[] batchRows = new int[0];
    /** The target's shardRow, {@code [M]}; negative where it is another shard's, or cannot be ranked. */
    private int[] shardRows = new int[0];
    /** Items of this shard before the target in the directory, {@code [M]}, which breaks ties; 0 if not rankable. */
    private int[] before = new int[0];
    /** {@link #batchRows} on the device, {@code [M]}. */
    private Ints deviceBatchRows;
    /** {@link #shardRows} on the device, {@code [M]}. */
    private Ints deviceShardRows;
    /** {@link #before} on the device, {@code [M]}. */
    private Ints deviceBefore;

    TargetRows(Device device, ItemShard shard, ItemDirectory directory) {
        this.device = device;
        this.shard = shard;
        this.directory = directory;
        deviceBatchRows = device.ints(0);
        deviceShardRows = device.ints(0);
        deviceBefore = device.ints(0);
    }

    /** Looks the targets of all positions up. */
    void find(StepPositions positions, StepContext context, BatchRows rows) {
        int m = positions.count();
        if (batchRows.length < m) {
            allocate(Math.max(64, m * 3 / 2));
        }
        for (int i = 0; i < m; i++) {
            int itemIndex = positions.itemIndex(i);
            int shardRow = shard.shardRowOf(directory.item(itemIndex));
            batchRows[i] = rows.candidateRowOf(shardRow);
            shardRows[i] = itemIndex < context.rankable() ? shardRow : -1;
            before[i] = itemIndex < context.rankable() ? shard.shardRowsBefore(itemIndex) : 0;
        }
        deviceBatchRows.upload(batchRows, 0, 0, m);
        deviceShardRows.upload(shardRows, 0, 0, m);
        deviceBefore.upload(before, 0, 0, m);
    }

    private void allocate(int positions) {
        batchRows = new int[positions];
        shardRows = new int[positions];
        before = new int[positions];
        deviceBatchRows = device.ints(positions);
        deviceShardRows = device.ints(positions);
        deviceBefore = device.ints(positions);
    }

    /** Targets among the candidates, {@code [M]}; negative where they are another shard's. */
    Ints batchRows() {
        return deviceBatchRows;
    }

    /** Targets among the shard's items, {@code [M]}; negative where they are another's, or cannot be ranked. */
    Ints shardRows() {
        return deviceShardRows;
    }

    /** Items of the shard that stand before the target at the same score, {@code [M]}. */
    Ints before() {
        return deviceBefore;
    }
}
