package io.freshet.job.source;

import io.freshet.job.clock.ClockCounts;
import io.freshet.job.clock.EndOffsets;
import io.freshet.job.clock.TickSequence;
import io.freshet.job.config.JobConfig;
import io.freshet.job.core.PermanentFailure;
import io.freshet.job.records.LogElement;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.util.IOUtils;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads all partitions of the log, gives records their ticks, and closes ticks. */
final class EventLogReader implements SourceReader<LogElement, LogSplit> {
    private static final Logger LOG = LoggerFactory.getLogger(EventLogReader.class);

    private final LogStart start;
    private final IngestCore core;
    private final LogTopic topic;
    private final LogFetcher fetcher;
    private final EndOffsetProbe probe;
    private final EventDecoding decoding;
    private volatile ClockCounts counts;
    private final AtomicReference<CompletableFuture<Void>> available = new AtomicReference<>(new CompletableFuture<>());

    /** Opens clients and threads; what was opened is closed if anything cannot be. */
    EventLogReader(JobConfig config, LogStart start, SourceReaderContext context) {
        this.start = start;
        decoding = new EventDecoding(config);
        Runnable wake = () -> available.get().complete(null);
        Deque<AutoCloseable> opened = new ArrayDeque<>();
        try {
            topic = new LogTopic(
                    config.kafka().client(Map.of("client.id", "freshet-log-topic")),
                    config.topics().events());
            opened.push(topic);
            core = new IngestCore(
                    setup(config, start),
                    topic,
                    (from, topicId) -> FeedLedger.read(config, from, Long.MAX_VALUE, topicId));
            Map<String, String> own = Map.of("auto.offset.reset", "none", "client.id", "freshet-log-fetcher");
            fetcher = new LogFetcher(consumer(config, own), config.topics().events(), wake);
            opened.push(fetcher);
            probe = new EndOffsetProbe(
                    consumer(config, Map.of("client.id", "freshet-end-offsets")),
                    topic,
                    config.topics().changes(),
                    Math.max(20, config.clock().idlePauseMillis() / 5),
                    () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()),
                    wake);
            opened.push(probe);
            counts = core.counts();
            measure(context.metricGroup());
        } catch (RuntimeException | Error e) {
            IOUtils.closeAllQuietly(opened);
            throw e;
        }
    }

    private static IngestCore.Setup setup(JobConfig config, LogStart start) {
        return new IngestCore.Setup(
                config.clock(),
                config.store().ids(),
                config.accept(),
                config.store().keyGroups().firstIdOf(0),
                start.topicId());
    }

    private static KafkaConsumer<byte[], byte[]> consumer(JobConfig config, Map<String, String> own) {
        return new KafkaConsumer<>(
                config.kafka().consumer(own), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private void measure(MetricGroup metrics) {
        gauge(metrics, "freshet_clock_not_followed_total", () -> counts().notFollowed());
        gauge(metrics, "freshet_clock_jumps_total", () -> counts().jumps());
        gauge(metrics, "freshet_clock_restarts_total", () -> counts().restarts());
        gauge(metrics, "freshet_full_ticks_total", () -> counts().fullTicks());
        gauge(metrics, "freshet_open_records", () -> (long) counts().openRecords());
        gauge(metrics, "freshet_paused_partitions", () -> (long) counts().paused());
        gauge(metrics, "freshet_end_offset_failures_total", probe::failures);
        decoding.measure(metrics);
    }

    private static void gauge(MetricGroup metrics, String name, Gauge<Long> value) {
        metrics.gauge(name, value);
    }

    /** As of the last turn: reporters ask on threads of their own. */
    private ClockCounts counts() {
        return counts;
    }

    @Override
    public void start() {
        // Splits come by themselves.
    }

    @Override
    public void addSplits(List<LogSplit> added) {
        try {
            Map<Integer, Long> positions = core.open(added);
            topic.expect(core.topicId());
            decoding.restoreCounts(core.badRecords());
            probe.add(positions.keySet());
            fetcher.add(positions);
        } catch (PermanentFailure e) {
            throw new SuppressRestartsException(e);
        }
    }

    @Override
    public InputStatus pollNext(ReaderOutput<LogElement> output) {
        try {
            TickSequence.Output out = decoding.to(output);
            core.tellNotes(out);
            EndOffsets ends = probe.poll();
            if (ends != null) {
                core.observeEnds(ends, out);
            }
            LogFetcher.Batch batch = fetcher.poll();
            if (batch != null) {
                core.take(batch.records(), batch.positions(), decoding::decode, out);
            }
            fetcher.pause(core.paused());
            counts = core.counts();
            return fetcher.hasBatch() ? InputStatus.MORE_AVAILABLE : InputStatus.NOTHING_AVAILABLE;
        } catch (PermanentFailure e) {
            throw new SuppressRestartsException(e);
        }
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        CompletableFuture<Void> now = available.get();
        if (now.isDone()) {
            now = new CompletableFuture<>();
            available.set(now);
        }
        // What came between the last poll and the new future has completed the old one.
        if (fetcher.hasBatch() || probe.hasResult()) {
            now.complete(null);
        }
        return now;
    }

    @Override
    public List<LogSplit> snapshotState(long checkpoint) {
        return core.save(probe.feedEnd(), decoding.saveCounts());
    }

    @Override
    public void notifyNoMoreSplits() {
        // There may always be more.
    }

    @Override
    public void close() {
        fetcher.close();
        probe.close();
        topic.close();
        LOG.info("reading {} ends: {}", start.topic(), core.counts());
    }
}
