package io.freshet.job.source;

import io.freshet.job.config.JobConfig;
import io.freshet.job.records.LogElement;
import io.freshet.job.records.RejectedRecord;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.metrics.groups.InternalSourceReaderMetricGroup;

/** Flink's side of a reader: calls it as a task does, and keeps what it gives. */
final class ReaderDrive implements AutoCloseable, ReaderOutput<LogElement> {
    private static final long PATIENCE_SECONDS = 60;

    final EventLogReader reader;
    /** Records that went out, {@code partition:offset}; rejected ones are among them. */
    final List<String> events = new ArrayList<>();

    final List<String> notes = new ArrayList<>();
    final List<RejectedRecord> rejected = new ArrayList<>();
    private long watermark = -1;
    private final long tickMillis;

    ReaderDrive(JobConfig config) {
        tickMillis = config.clock().tickMillis();
        SourceReaderContext context = (SourceReaderContext) Proxy.newProxyInstance(
                ReaderDrive.class.getClassLoader(),
                new Class<?>[] {SourceReaderContext.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("metricGroup")) {
                        return InternalSourceReaderMetricGroup.mock(new UnregisteredMetricsGroup());
                    }
                    throw new UnsupportedOperationException(method.getName());
                });
        LogStart start = new LogStart(config.topics().events(), "", new TreeSet<>(), Map.of(), -1);
        reader = new EventLogReader(config, start, context);
        reader.start();
    }

    void add(int... partitions) {
        List<LogSplit> splits = new ArrayList<>();
        for (int partition : partitions) {
            splits.add(LogSplit.fresh(partition, LogSplit.BEGINNING, -1));
        }
        reader.addSplits(splits);
    }

    /** Last closed tick; -1 before the first. */
    long closed() {
        return watermark < 0 ? -1 : watermark / tickMillis;
    }

    LogSplit saved(int partition) {
        return reader.snapshotState(1).stream()
                .filter(split -> split.partition() == partition)
                .findFirst()
                .orElseThrow();
    }

    /** Polls as a task does until something is so. */
    void until(BooleanSupplier so) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!so.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(
                        "not within " + PATIENCE_SECONDS + " s; tick " + closed() + ", events " + events.size()
                                + ", the last " + events.subList(Math.max(0, events.size() - 9), events.size()));
            }
            if (reader.pollNext(this) != InputStatus.MORE_AVAILABLE) {
                available(100);
            }
        }
    }

    /** Polls until nothing has come for a second. */
    void untilQuiet() throws Exception {
        long quietSince = System.nanoTime();
        while (events.isEmpty() || System.nanoTime() - quietSince < TimeUnit.SECONDS.toNanos(1)) {
            int before = events.size();
            reader.pollNext(this);
            if (events.size() > before) {
                quietSince = System.nanoTime();
            }
            available(100);
        }
    }

    private void available(long millis) throws Exception {
        try {
            reader.isAvailable().get(millis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // Asked again.
        }
    }

    @Override
    public void collect(LogElement element) {
        if (element.rejected != null) {
            rejected.add(element.rejected);
        } else if (element.event == null) {
            if (element.watermark <= watermark) {
                throw new AssertionError("watermark " + element.watermark + " behind " + watermark);
            }
            watermark = element.watermark;
        } else if (element.event.isNote()) {
            notes.add(element.event.subject);
        } else {
            events.add(element.event.partition + ":" + element.event.offset);
        }
    }

    @Override
    public void collect(LogElement element, long timestamp) {
        collect(element);
    }

    @Override
    public void emitWatermark(Watermark mark) {
        throw new AssertionError("ticks close by elements");
    }

    @Override
    public void markIdle() {
        throw new AssertionError("nobody is idle");
    }

    @Override
    public void markActive() {
        throw new AssertionError("nobody was idle");
    }

    @Override
    public SourceOutput<LogElement> createOutputForSplit(String split) {
        return this;
    }

    @Override
    public void releaseOutputForSplit(String split) {
        // Nothing was made.
    }

    @Override
    public void close() {
        reader.close();
    }
}
