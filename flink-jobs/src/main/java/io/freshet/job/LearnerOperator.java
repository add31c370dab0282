package io.freshet.job;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.job.exchange.Gathering;
import io.freshet.job.exchange.SocketExchange;
import io.freshet.store.LaneRange;
import io.freshet.store.StoreLayout;
import io.freshet.train.Exchange;
import io.freshet.train.LogEvent;
import io.freshet.train.TickReport;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.concurrent.FutureUtils;
import org.jspecify.annotations.Nullable;

/**
 * Holds the events of open ticks, learns every tick when the watermark closes it, and makes each checkpoint a
 * snapshot of
 * the store: cut in the synchronous part, uploaded in the asynchronous part, committed when Flink says that the
 * checkpoint
 * is complete. Flink's own state holds the snapshot's name and the events of the ticks that are still open.
 */
final class LearnerOperator extends AbstractStreamOperator<String>
        implements OneInputStreamOperator<TickedEvent, String> {
    private static final long serialVersionUID = 1;

    private final JobConfig config;
    private transient LearnerState state;
    private transient Exchange exchange;
    private transient TickAgreement agreement;
    private transient @Nullable SocketExchange sockets;
    /** Whether this learner publishes, commits snapshots and reports. */
    private transient boolean leads;

    private transient TreeMap<Long, List<TickedEvent>> open;
    private transient ListState<byte[]> saved;
    private transient ObjectMapper json;
    private transient @Nullable Runnable upload;
    private transient boolean savepoint;

    LearnerOperator(StreamOperatorParameters<String> parameters, JobConfig config) {
        super(parameters);
        this.config = config;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        json = new ObjectMapper();
        open = new TreeMap<>();
        saved = context.getOperatorStateStore()
                .getUnionListState(
                        new ListStateDescriptor<>("learner", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
        @Nullable String snapshot = null;
        TreeMap<Long, List<TickedEvent>> restored = new TreeMap<>();
        for (byte[] entry : saved.get()) {
            snapshot = read(entry, snapshot, restored);
        }
        if (context.isRestored() && snapshot == null) {
            throw new IllegalStateException("the restored checkpoint holds no state of the learner");
        }
        exchange = gather(snapshot == null ? "" : snapshot);
        agreement = new TickAgreement(exchange);
        StoreLayout layout = new StoreLayout(config.lanes(), JobConfig.KEY_GROUPS, 1, 1);
        LaneRange owned = exchange.owned(config.lanes());
        restored.forEach((tick, events) -> events.stream()
                .filter(event -> owned.contains(layout.laneOf(event.user)))
                .forEach(event ->
                        open.computeIfAbsent(tick, key -> new ArrayList<>()).add(event)));
        int subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
        leads = subtask == 0;
        state = leads
                ? LearnerState.lead(config, snapshot, exchange)
                : LearnerState.assist(config, snapshot, exchange, subtask);
    }

    private Exchange gather(String snapshot) throws Exception {
        TaskInfo task = getRuntimeContext().getTaskInfo();
        int size = task.getNumberOfParallelSubtasks();
        if (size > config.lanes()) {
            throw new IllegalStateException("learner.parallelism is " + size + ", but the store has " + config.lanes()
                    + " lanes: at most one learner a lane");
        }
        if (size == 1) {
            return Exchange.local();
        }
        sockets = Gathering.join(
                getContainingTask().getEnvironment().getOperatorCoordinatorEventGateway(),
                getOperatorID(),
                new Gathering.Learner(task.getIndexOfThisSubtask(), task.getAttemptNumber(), size, snapshot),
                config.exchangeAddress(),
                config.exchangeTimeoutMillis());
        return sockets;
    }

    @Override
    public void open() throws Exception {
        super.open();
        getMetricGroup().gauge("freshet_ticks", () -> state.learner().report().tick());
        getMetricGroup()
                .gauge("freshet_events_total", () -> state.learner().report().events());
        getMetricGroup().gauge("freshet_loss", () -> state.learner().report().loss());
    }

    @Override
    public void processElement(StreamRecord<TickedEvent> element) {
        TickedEvent event = element.getValue();
        open.computeIfAbsent(event.tick, tick -> new ArrayList<>()).add(event);
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        TreeMap<Long, TreeMap<Integer, Long>> closed = new TreeMap<>();
        for (Map.Entry<Long, List<TickedEvent>> tick : open.entrySet()) {
            if (endOf(tick.getKey()) > mark.getTimestamp()) {
                break;
            }
            TreeMap<Integer, Long> passed = new TreeMap<>();
            tick.getValue().forEach(one -> passed.merge(one.partition, one.offset, Math::max));
            closed.put(tick.getKey(), passed);
        }
        for (Map.Entry<Long, TreeMap<Integer, Long>> tick : agreement
                .agree(closed, state.store().tick(), state.learner().fingerprint())
                .entrySet()) {
            learn(tick.getKey(), tick.getValue());
        }
        super.processWatermark(mark);
    }

    private void learn(long tick, TreeMap<Integer, Long> passed) throws IOException {
        if (tick <= state.store().tick()) {
            throw new IllegalStateException("tick " + tick + " came after tick "
                    + state.store().tick() + " was learned: the watermark and the tick clock disagree");
        }
        List<TickedEvent> mine = Objects.requireNonNullElse(open.remove(tick), List.of());
        List<LogEvent> events = mine.stream()
                .filter(one -> one.event)
                .map(TickedEvent::toLogEvent)
                .toList();
        TickReport report = state.learn(tick, events, passed);
        if (leads) {
            output.collect(new StreamRecord<>(json.writeValueAsString(report)));
        }
    }

    private long endOf(long tick) {
        return (tick + 1) * config.tickMillis() - 1;
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        String snapshot = state.name(context.getCheckpointId());
        upload = state.cut(snapshot, savepoint);
        saved.update(List.of(write(snapshot)));
    }

    /** Lets the upload run in Flink's asynchronous phase: the acknowledgement waits for it, a failure declines. */
    @Override
    public OperatorSnapshotFutures snapshotState(
            long checkpointId, long timestamp, CheckpointOptions options, CheckpointStreamFactory factory)
            throws Exception {
        savepoint = options.getCheckpointType().isSavepoint();
        OperatorSnapshotFutures futures = super.snapshotState(checkpointId, timestamp, options, factory);
        RunnableFuture<SnapshotResult<OperatorStateHandle>> inner = futures.getOperatorStateManagedFuture();
        Runnable mine = upload;
        upload = null;
        futures.setOperatorStateManagedFuture(new FutureTask<>(() -> {
            if (mine != null) {
                mine.run();
            }
            FutureUtils.runIfNotDoneAndGet(inner);
            return inner.get();
        }));
        return futures;
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        super.notifyCheckpointComplete(checkpointId);
        if (leads) {
            state.commit(state.name(checkpointId));
        }
    }

    @Override
    public void notifyCheckpointAborted(long checkpointId) throws Exception {
        super.notifyCheckpointAborted(checkpointId);
        state.abort(state.name(checkpointId));
    }

    /** The log ended: what was learned behind the last checkpoint is kept as a snapshot of its own. */
    @Override
    public void finish() throws Exception {
        super.finish();
        state.end();
    }

    private byte[] write(String snapshot) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(snapshot);
            out.writeInt(open.values().stream().mapToInt(List::size).sum());
            for (List<TickedEvent> events : open.values()) {
                for (TickedEvent event : events) {
                    event.write(out);
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Reads one learner's entry; all have the same snapshot's name. */
    private @Nullable String read(byte[] entry, @Nullable String before, TreeMap<Long, List<TickedEvent>> events)
            throws IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(entry))) {
            String snapshot = in.readUTF();
            for (int n = in.readInt(); n > 0; n--) {
                TickedEvent event = TickedEvent.read(in);
                events.computeIfAbsent(event.tick, tick -> new ArrayList<>()).add(event);
            }
            if (before != null && !before.equals(snapshot)) {
                throw new IllegalStateException("the restored checkpoint names two snapshots, " + before + " and "
                        + snapshot + ": it is not whole; restore another one");
            }
            return snapshot;
        }
    }

    @Override
    public void close() throws Exception {
        if (sockets != null) {
            sockets.close();
        }
        if (state != null) {
            state.close();
        }
        super.close();
    }
}
