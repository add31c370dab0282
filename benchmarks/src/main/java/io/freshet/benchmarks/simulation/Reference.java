package io.freshet.benchmarks.simulation;

import io.freshet.job.records.RawRecord;
import io.freshet.job.clock.TickSequence;
import io.freshet.job.records.TickedEvent;
import io.freshet.schema.Decoded;
import io.freshet.schema.EntityIds;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.SchemaRegistry;
import io.freshet.train.LogEvent;
import io.freshet.train.TickOutcome;
import io.freshet.train.TickReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What one learner that nothing disturbs makes of a log.
 *
 * @param digests after every tick, {@code [lanes][32]}
 * @param reports of every tick
 * @param stateDigest of the last tick
 */
record Reference(TreeMap<Long, byte[][]> digests, TreeMap<Long, TickReport> reports, byte[] stateDigest) {
    long lastTick() {
        return digests.lastKey();
    }

    /** Learns partition after partition is not possible: they are read in turns. */
    static Reference of(SimulatedLog log) {
        try (LaneLearner learner = LaneLearner.alone()) {
            Run run = new Run(learner);
            TickSequence ticks = new TickSequence(
                    SimulatedLog.TICK_MILLIS,
                    IntStream.range(0, log.partitions().size()).boxed().toList(),
                    EntityIds.standard());
            EventDecoder decoder = new EventDecoder(SchemaRegistry.none());
            for (int offset = 0; run.taken < log.records(); offset++) {
                for (List<RawRecord> partition : log.partitions()) {
                    if (offset < partition.size()) {
                        run.taken++;
                        ticks.take(
                                partition.get(offset), record -> decoder.decode(record.value, record.timestamp), run);
                    }
                }
            }
            return new Reference(run.digests, run.reports, learner.store().stateDigest());
        }
    }

    private static final class Run implements TickSequence.Output {
        private final LaneLearner learner;
        private final TreeMap<Long, byte[][]> digests = new TreeMap<>();
        private final TreeMap<Long, TickReport> reports = new TreeMap<>();
        private final TreeMap<Long, List<TickedEvent>> open = new TreeMap<>();
        private int taken;

        Run(LaneLearner learner) {
            this.learner = learner;
        }

        @Override
        public void event(TickedEvent event) {
            open.computeIfAbsent(event.tick, tick -> new ArrayList<>()).add(event);
        }

        @Override
        public void watermark(long timestamp) {
            while (!open.isEmpty() && (open.firstKey() + 1) * SimulatedLog.TICK_MILLIS - 1 <= timestamp) {
                Map.Entry<Long, List<TickedEvent>> tick = open.pollFirstEntry();
                TreeMap<Integer, Long> passed = new TreeMap<>();
                tick.getValue().forEach(one -> passed.merge(one.partition, one.offset, Math::max));
                List<LogEvent> events = tick.getValue().stream()
                        .filter(one -> one.event)
                        .map(TickedEvent::toLogEvent)
                        .toList();
                TickOutcome outcome = learner.learn(tick.getKey(), events, passed);
                digests.put(tick.getKey(), outcome.applied().digests());
                reports.put(tick.getKey(), outcome.report());
            }
        }

        @Override
        public void rejected(RawRecord record, Decoded.Rejected why) {
            // It was passed.
        }
    }
}
