package io.freshet.job;

import io.freshet.schema.Decoded;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.RejectReason;
import io.freshet.schema.SchemaRegistry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
    private transient TickClock clock;
    private transient SchemaRegistry registry;
    private transient EventDecoder decoder;
    private transient BadRecordBreaker breaker;
    private transient LogEnd logEnd;
    private transient Map<Integer, Long> next;
    private transient ListState<byte[]> saved;
    private transient Counter rejected;
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
        clock = new TickClock(config.tickMillis(), partitions);
        next = new TreeMap<>();
        saved = context.getOperatorStateStore()
                .getListState(new ListStateDescriptor<>(
                        "partition-clocks", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
        if (!context.isRestored()) {
            if (start != null) {
                clock.beginAfter(start.tick());
                next.putAll(start.next());
            }
            return;
        }
        Map<Integer, Long> clocks = new TreeMap<>();
        long closed = Long.MIN_VALUE;
        long lastRecordTick = Long.MIN_VALUE;
        for (byte[] entry : saved.get()) {
            ByteBuffer in = ByteBuffer.wrap(entry);
            int partition = in.getInt();
            clocks.put(partition, in.getLong());
            closed = Math.max(closed, in.getLong());
            next.put(partition, in.getLong());
            lastRecordTick = Math.max(lastRecordTick, in.getLong());
        }
        clock.restore(clocks, closed, lastRecordTick);
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        List<byte[]> entries = new ArrayList<>();
        clock.clocks()
                .forEach((partition, time) -> entries.add(ByteBuffer.allocate(36)
                        .putInt(partition)
                        .putLong(time)
                        .putLong(clock.closed())
                        .putLong(next.getOrDefault(partition, 0L))
                        .putLong(clock.lastRecordTick())
                        .array()));
        saved.update(entries);
    }

    @Override
    public void open() throws Exception {
        super.open();
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
        for (int partition : clock.awake()) {
            Long end = look.ends().get(partition);
            if (end != null && next.getOrDefault(partition, 0L) >= end) {
                clock.idle(partition);
            }
        }
        emitWatermark();
    }

    @Override
    public void processElement(StreamRecord<RawRecord> element) {
        RawRecord record = element.getValue();
        lastRecordAt = getProcessingTimeService().getCurrentProcessingTime();
        next.put(record.partition, record.offset + 1);
        if (record.heartbeat) {
            long tick = clock.heartbeat(record.partition, record.timestamp);
            output.collect(new StreamRecord<>(TickedEvent.passed(tick, record)));
            emitWatermark();
            return;
        }
        long tick = clock.assign(record.partition, record.timestamp);
        emitWatermark();
        Decoded decoded = decoder.decode(record.value, record.timestamp);
        if (decoded instanceof Decoded.Rejected refusal
                && refusal.reason() == RejectReason.UNKNOWN_SCHEMA
                && !registry.isReachable()) {
            // To reject it would make the model depend on when the registry was away. A restart comes back to it.
            throw new IllegalStateException(config.eventsTopic() + " partition " + record.partition + " offset "
                    + record.offset + " cannot be read without the schema registry: " + refusal.detail());
        }
        boolean tooMany = breaker.count(record.timestamp, decoded instanceof Decoded.Rejected);
        if (decoded instanceof Decoded.Accepted accepted) {
            output.collect(new StreamRecord<>(TickedEvent.of(tick, record, accepted.event())));
        } else if (decoded instanceof Decoded.Rejected refusal) {
            output.collect(new StreamRecord<>(TickedEvent.passed(tick, record)));
            reject(record, refusal, tooMany);
        }
    }

    private void reject(RawRecord record, Decoded.Rejected refusal, boolean tooMany) {
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

    private long emitted = Long.MIN_VALUE;

    private void emitWatermark() {
        long closed = clock.advance();
        if (closed >= 0 && closed > emitted) {
            emitted = closed;
            output.emitWatermark(new Watermark((closed + 1) * config.tickMillis() - 1));
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
