package io.freshet.job;

import io.freshet.schema.Decoded;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.RejectReason;
import io.freshet.schema.SchemaRegistry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * Decodes records, gives every event its tick, and emits a watermark at the end of every tick that is closed. Chained
 * to
 * the source. The partitions' clocks are part of the checkpoint, so a replay assigns the same ticks.
 */
final class TickAssigner extends AbstractStreamOperator<TickedEvent>
        implements OneInputStreamOperator<RawRecord, TickedEvent> {
    private static final long serialVersionUID = 1;

    /** Records that are not events. */
    static final OutputTag<RejectedRecord> REJECTED = new OutputTag<>("rejected") {};

    private final JobConfig config;
    private final List<Integer> partitions;
    private final @Nullable StartingPoint start;
    private transient TickSequence ticks;
    private transient Downstream downstream;
    private transient SchemaRegistry registry;
    private transient EventDecoder decoder;
    private transient BadRecordBreaker breaker;
    private transient LogEnd logEnd;
    private transient ListState<byte[]> saved;
    private transient Counter rejected;
    /** Whether the record just decoded is one bad record too many. */
    private transient boolean tooMany;

    private transient long lastRecordAt;
    private transient boolean finished;

    /** @param start where the job begins without a checkpoint; null: at the beginning of the log */
    TickAssigner(JobConfig config, Collection<Integer> partitions, @Nullable StartingPoint start) {
        this.config = config;
        this.start = start;
        this.partitions = new ArrayList<>(partitions);
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        saved = context.getOperatorStateStore()
                .getListState(new ListStateDescriptor<>(
                        "partition-clocks", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
        ticks = new TickSequence(config.tickMillis(), partitions, config.ids());
        if (context.isRestored()) {
            ticks.restore(saved.get());
        } else if (start != null) {
            ticks.beginAfter(start.tick(), start.next());
        }
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        saved.update(ticks.save());
    }

    @Override
    public void open() throws Exception {
        super.open();
        downstream = new Downstream();
        registry = config.registry();
        decoder = new EventDecoder(registry);
        breaker = new BadRecordBreaker();
        rejected = getMetricGroup().counter("freshet_dlq_records_total");
        logEnd = new KafkaLogEnd(config, partitions);
        lastRecordAt = getProcessingTimeService().getCurrentProcessingTime();
        scheduleIdleCheck();
    }

    private void scheduleIdleCheck() {
        long at = getProcessingTimeService().getCurrentProcessingTime() + config.idlePauseMillis() / 2 + 1;
        getProcessingTimeService().registerTimer(at, time -> {
            if (!finished) {
                checkIdle(time);
                scheduleIdleCheck();
            }
        });
    }

    /** A partition is idle when nothing came for the pause and the log has nothing more of it. */
    private void checkIdle(long now) {
        LogEnd.Look look = logEnd.look(now);
        // What was seen before the last record came says nothing about what came behind it.
        if (look == null || look.askedAt() <= lastRecordAt || now - lastRecordAt < config.idlePauseMillis()) {
            return;
        }
        ticks.idle(look.ends(), downstream);
    }

    @Override
    public void processElement(StreamRecord<RawRecord> element) {
        lastRecordAt = getProcessingTimeService().getCurrentProcessingTime();
        ticks.take(element.getValue(), this::decode, downstream);
    }

    private Decoded decode(RawRecord record) {
        Decoded decoded = decoder.decode(record.value, record.timestamp);
        if (decoded instanceof Decoded.Rejected refusal
                && refusal.reason() == RejectReason.UNKNOWN_SCHEMA
                && !registry.isReachable()) {
            // To reject it would make the model depend on when the registry was away. A restart comes back to it.
            throw new IllegalStateException(config.eventsTopic() + " partition " + record.partition + " offset "
                    + record.offset + " cannot be read without the schema registry: " + refusal.detail());
        }
        tooMany = breaker.count(record.timestamp, decoded instanceof Decoded.Rejected);
        return decoded;
    }

    private void reject(RawRecord record, Decoded.Rejected refusal) {
        rejected.inc();
        if (config.badRecords() == BadRecords.SKIP) {
            return;
        }
        String what = config.eventsTopic() + " partition " + record.partition + " offset " + record.offset + ": "
                + refusal.reason().code() + ", " + refusal.detail();
        if (config.badRecords() == BadRecords.FAIL) {
            throw stop("a record is no event and bad-records is 'fail': " + what);
        }
        output.collect(
                REJECTED,
                new StreamRecord<>(RejectedRecord.of(record, refusal.reason().code(), refusal.detail())));
        if (tooMany) {
            throw stop(breaker.bad() + " of the " + breaker.records() + " records of this minute of the log are bad,"
                    + " more than 5 %: the topic would be drained into its dead letters. The last one: " + what
                    + ". Correct the producer, or set bad-records to 'skip' to go on without them");
        }
    }

    /** A restart would stop at the same record: the job fails for good. */
    private static SuppressRestartsException stop(String why) {
        return new SuppressRestartsException(new IllegalStateException(why));
    }

    private final class Downstream implements TickSequence.Output {
        @Override
        public void event(TickedEvent event) {
            output.collect(new StreamRecord<>(event));
        }

        @Override
        public void watermark(long timestamp) {
            output.emitWatermark(new Watermark(timestamp));
        }

        @Override
        public void rejected(RawRecord record, Decoded.Rejected why) {
            reject(record, why);
        }
    }

    /** The source's own watermarks mean nothing here, but the last one ends the log. */
    @Override
    public void processWatermark(Watermark mark) {
        if (mark.getTimestamp() == Long.MAX_VALUE) {
            finished = true;
            output.emitWatermark(mark);
        }
    }

    @Override
    public void close() throws Exception {
        finished = true;
        if (logEnd != null) {
            logEnd.close();
        }
        super.close();
    }
}
