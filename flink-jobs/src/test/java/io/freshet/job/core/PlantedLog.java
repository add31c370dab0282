package io.freshet.job.core;

import io.freshet.job.records.TickedEvent;
import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.store.AppliedTick;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.Learner;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** A small log of two partitions, cut into ticks, some of which have nothing but heartbeats. */
final class PlantedLog {
    /** Events of every tick, in the order of the log. */
    final TreeMap<Long, List<TickedEvent>> ticks = new TreeMap<>();

    PlantedLog(long seed, int tickCount) {
        Random random = new Random(seed);
        long[] next = {0, 0};
        for (long tick = 0; tick < 2L * tickCount; tick += 1 + random.nextInt(2)) {
            List<TickedEvent> events = new ArrayList<>();
            for (int partition = 0; partition < 2; partition++) {
                for (int n = random.nextInt(5); n > 0; n--) {
                    long offset = next[partition]++;
                    events.add(
                            random.nextInt(8) == 0
                                    ? CoreRig.withoutEvent(tick, partition, offset)
                                    : CoreRig.click(tick, partition, offset, random.nextInt(9), random.nextInt(7)));
                }
            }
            if (!events.isEmpty()) {
                ticks.put(tick, events);
            }
        }
    }

    /** Digests of every tick as the learner itself gives them, without a core around it. */
    TreeMap<Long, List<String>> digests() {
        TreeMap<Long, List<String>> digests = new TreeMap<>();
        try (Device device = CpuDevices.scalar().open();
                InMemoryStore store = new InMemoryStore(CoreRig.LAYOUT);
                Learner learner = Learner.open(CoreRig.CONFIG, store, device)) {
            ticks.forEach((tick, events) -> {
                Map<Integer, Long> maxOffsets = new TreeMap<>();
                events.forEach(one -> maxOffsets.merge(one.partition, one.offset, Math::max));
                AppliedTick applied = learner.learn(
                                tick,
                                events.stream()
                                        .filter(one -> one.event)
                                        .map(TickedEvent::toLogEvent)
                                        .toList(),
                                maxOffsets)
                        .applied();
                List<String> all = new ArrayList<>();
                for (byte[] digest : applied.digests()) {
                    all.add(HexFormat.of().formatHex(digest));
                }
                digests.put(tick, all);
            });
        }
        return digests;
    }
}
