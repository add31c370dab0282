package io.freshet.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Seeded ticks over a small set of users and items, for tests. */
public final class RandomTicks {
    public static final StoreLayout LAYOUT = new StoreLayout(4, 16, 3, 5);

    private final SplittableRandom random;
    private final long[] items = new long[80];
    private final long[] users = new long[30];
    private long tick;

    public RandomTicks(long seed) {
        random = new SplittableRandom(seed);
        for (int i = 0; i < items.length; i++) {
            items[i] = random.nextLong();
        }
        for (int i = 0; i < users.length; i++) {
            users[i] = random.nextLong();
        }
    }

    public long[] users() {
        return users.clone();
    }

    public long[] items() {
        return items.clone();
    }

    /**
     * The next tick: rows, co-occurrence rows in any lane, removals in all lanes or in one, at most one append per
     * user, and a dense tensor now and then.
     */
    public TickChanges next() {
        tick += 1 + random.nextInt(2);
        List<LaneChanges> lanes = new ArrayList<>();
        for (int lane = 0; lane < LAYOUT.lanes(); lane++) {
            lanes.add(LaneChanges.empty(lane));
        }
        for (int i = 0; i < items.length; i++) {
            long item = items[i];
            LaneChanges lane = lanes.get(LAYOUT.laneOf(item));
            int what = random.nextInt(10);
            if (what < 3) {
                ItemRow row = new ItemRow(items[i], "item-é" + i, i, random.nextInt(100) / 8f, i / 4f, tick, floats(3));
                lane.rows().add(new RowChange(row, new OptimizerState(random.nextInt(64) / 4f, tick * 2)));
                for (int other = 0; other < LAYOUT.lanes(); other++) {
                    if (random.nextInt(3) == 0) {
                        long[] next = {items[random.nextInt(80)], items[i]};
                        float[] counts = {tick, i / 2f};
                        lanes.get(other).coOccurrences().add(new CoOccurrenceRow(items[i], next, counts));
                    }
                }
            } else if (what == 3) {
                lanes.forEach(one -> one.removed().add(item));
            } else if (what == 4) {
                lanes.get(random.nextInt(LAYOUT.lanes())).removed().add(item);
            }
        }
        for (int u = 0; u < users.length; u++) {
            List<Interaction> appended = new ArrayList<>();
            for (int n = random.nextInt(8) - 4; n > 0; n--) {
                long item = items[random.nextInt(items.length)];
                byte action = (byte) random.nextInt(32);
                appended.add(new Interaction(item, action, tick * 1000 + n, random.nextInt(9), random.nextLong()));
            }
            if (!appended.isEmpty()) {
                lanes.get(LAYOUT.laneOf(users[u])).histories().add(new HistoryAppend(users[u], "user-" + u, appended));
            }
        }
        if (random.nextInt(3) == 0) {
            lanes.get(0).dense().add(new DenseTensor("a" + random.nextInt(2), floats(7)));
            lanes.get(0).dense().add(new DenseTensor("b", floats(2)));
        }
        return new TickChanges(tick, Map.of(0, tick * 10, 1, tick * 10 + random.nextInt(5)), lanes);
    }

    private float[] floats(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextInt(-1000, 1000) / 16f;
        }
        return values;
    }
}
