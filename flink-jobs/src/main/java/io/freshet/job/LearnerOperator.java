package io.freshet.job;

import com.fasterxml.jackson.databind.ObjectMapper;
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
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RunnableFuture;
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
    private transient TreeMap<Long, List<TickedEvent>> open;
    private transient ListState<byte[]> saved;
    private transient ObjectMapper json;
    private transient @Nullable Runnable upload;

    LearnerOperator(JobConfig config) {
        this.config = config;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        int parallelism = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
        if (parallelism != 1) {
            throw new IllegalStateException("the learner runs at parallelism 1 in this release, got " + parallelism
                    + "; leave parallelism.default at 1");
        }
        json = new ObjectMapper();
        open = new TreeMap<>();
        saved = context.getOperatorStateStore()
                .getUnionListState(
                        new ListStateDescriptor<>("learner", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
        String snapshot = null;
        for (byte[] entry : saved.get()) {
            snapshot = read(entry);
        }
        if (context.isRestored() && snapshot == null) {
            throw new IllegalStateException("the restored checkpoint holds no state of the learner");
        }
        state = LearnerState.open(config, snapshot);
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
        while (!open.isEmpty() && endOf(open.firstKey()) <= mark.getTimestamp()) {
            Map.Entry<Long, List<TickedEvent>> tick = open.pollFirstEntry();
            List<LogEvent> events = new ArrayList<>();
            TreeMap<Integer, Long> passed = new TreeMap<>();
            for (TickedEvent one : tick.getValue()) {
                passed.merge(one.partition, one.offset, Math::max);
                if (one.event) {
                    events.add(one.toLogEvent());
                }
            }
            if (tick.getKey() <= state.store().tick()) {
                throw new IllegalStateException("tick " + tick.getKey() + " came after tick "
                        + state.store().tick() + " was learned: the watermark and the tick clock disagree");
            }
            TickReport report = state.learn(tick.getKey(), events, passed);
            output.collect(new StreamRecord<>(json.writeValueAsString(report)));
        }
        super.processWatermark(mark);
    }

    private long endOf(long tick) {
        return (tick + 1) * config.tickMillis() - 1;
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        String snapshot = state.name(context.getCheckpointId());
        upload = state.cut(snapshot);
        saved.update(List.of(write(snapshot)));
    }

    /** Lets the upload run in Flink's asynchronous phase: the acknowledgement waits for it, a failure declines. */
    @Override
    public OperatorSnapshotFutures snapshotState(
            long checkpointId, long timestamp, CheckpointOptions options, CheckpointStreamFactory factory)
            throws Exception {
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
        state.commit(state.name(checkpointId));
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
        String snapshot = state.name(0) + "-end";
        state.cut(snapshot).run();
        state.commit(snapshot);
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

    private String read(byte[] entry) throws IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(entry))) {
            String snapshot = in.readUTF();
            for (int n = in.readInt(); n > 0; n--) {
                TickedEvent event = TickedEvent.read(in);
                open.computeIfAbsent(event.tick, tick -> new ArrayList<>()).add(event);
            }
            return snapshot;
        }
    }

    @Override
    public void close() throws Exception {
        if (state != null) {
            state.close();
        }
        super.close();
    }
}
