package io.freshet.job.source;

import io.freshet.job.clock.TickSequence;
import io.freshet.job.config.JobConfig;
import io.freshet.job.core.PermanentFailure;
import io.freshet.job.records.BadRecordBreaker;
import io.freshet.job.records.BadRecords;
import io.freshet.job.records.LogElement;
import io.freshet.job.records.RawRecord;
import io.freshet.job.records.RejectedRecord;
import io.freshet.job.records.TickedEvent;
import io.freshet.schema.Decoded;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.registry.SchemaRegistry;
import io.freshet.schema.wire.RejectReason;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads records as events; what is none goes to the dead letters, is skipped, or ends the job, as configured. */
final class EventDecoding {
    private static final Logger LOG = LoggerFactory.getLogger(EventDecoding.class);

    private final JobConfig config;
    private final SchemaRegistry registry;
    private final EventDecoder decoder;
    private final Map<Integer, BadRecordBreaker> breakers = new TreeMap<>();
    private final Map<RejectReason, Counter> rejected = new EnumMap<>(RejectReason.class);
    private long notFollowed;
    private long sayNext = 1;
    /** Whether the record just decoded is one bad record too many. */
    private boolean tooMany;

    EventDecoding(JobConfig config) {
        this.config = config;
        registry = config.decoding().registry();
        decoder = new EventDecoder(registry);
    }

    void measure(MetricGroup metrics) {
        for (RejectReason reason : RejectReason.values()) {
            rejected.put(reason, metrics.addGroup("reason", reason.code()).counter("freshet_dlq_records_total"));
        }
    }

    Decoded decode(RawRecord record) {
        Decoded decoded = decoder.decode(record.value, record.timestamp);
        if (decoded instanceof Decoded.Rejected refusal
                && refusal.reason() == RejectReason.UNKNOWN_SCHEMA
                && !registry.isReachable()) {
            // To reject it would make the model depend on when the registry was away. A restart comes back to it.
            throw new IllegalStateException(config.topics().events() + " partition " + record.partition + " offset "
                    + record.offset + " cannot be read without the schema registry: " + refusal.detail());
        }
        tooMany = breaker(record.partition).count(record.timestamp, decoded instanceof Decoded.Rejected);
        return decoded;
    }

    private BadRecordBreaker breaker(int partition) {
        return breakers.computeIfAbsent(partition, number -> new BadRecordBreaker());
    }

    /** Counts of bad records of partitions, for a checkpoint. */
    Map<Integer, byte[]> saveCounts() {
        Map<Integer, byte[]> saved = new TreeMap<>();
        breakers.forEach((partition, breaker) -> saved.put(partition, breaker.save()));
        return saved;
    }

    /** Goes on from what {@link #saveCounts} gave of some partitions. */
    void restoreCounts(Map<Integer, byte[]> saved) {
        saved.forEach((partition, counts) -> breaker(partition).restore(counts));
    }

    /** What the tick sequence gives, as elements of the stream. */
    TickSequence.Output to(ReaderOutput<LogElement> output) {
        return new TickSequence.Output() {
            @Override
            public void event(TickedEvent event) {
                output.collect(LogElement.of(event));
            }

            @Override
            public void watermark(long timestamp) {
                output.collect(LogElement.watermark(timestamp));
            }

            @Override
            public void notFollowed(RawRecord record, long clockMillis) {
                sayNotFollowed(record, clockMillis);
            }

            @Override
            public void rejected(RawRecord record, Decoded.Rejected why) {
                reject(record, why, output);
            }
        };
    }

    /** Says the first, the tenth, the hundredth ...; all are counted. */
    private void sayNotFollowed(RawRecord record, long clockMillis) {
        if (++notFollowed == sayNext) {
            sayNext *= 10;
            long apart = record.timestamp - clockMillis;
            LOG.warn(
                    "{} partition {} offset {} is {} s {} its partition's clock, further than clock.max-step ({} s):"
                            + " the record is learned, the clock does not follow it (such timestamps so far: {})",
                    config.topics().events(),
                    record.partition,
                    record.offset,
                    Math.abs(apart) / 1000,
                    apart > 0 ? "ahead of" : "behind",
                    config.clock().maxStepMillis() / 1000,
                    notFollowed);
        }
    }

    private void reject(RawRecord record, Decoded.Rejected refusal, ReaderOutput<LogElement> output) {
        @Nullable Counter counter = rejected.get(refusal.reason());
        if (counter != null) {
            counter.inc();
        }
        if (config.decoding().badRecords() == BadRecords.SKIP) {
            return;
        }
        String what = config.topics().events() + " partition " + record.partition + " offset " + record.offset + ": "
                + refusal.reason().code() + ", " + refusal.detail();
        if (config.decoding().badRecords() == BadRecords.FAIL) {
            throw new PermanentFailure("a record is no event and bad-records is 'fail': " + what);
        }
        output.collect(LogElement.of(RejectedRecord.of(record, refusal.reason().code(), refusal.detail())));
        if (tooMany) {
            BadRecordBreaker breaker = breaker(record.partition);
            throw new PermanentFailure(breaker.bad() + " of the last " + breaker.records()
                    + " records of this partition are bad, more than 5 %: it would be drained into its"
                    + " dead letters. The last one: " + what
                    + ". Correct the producer, or set bad-records to 'skip' to go on without them");
        }
    }
}
