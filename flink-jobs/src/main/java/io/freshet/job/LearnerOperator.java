package io.freshet.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.job.config.JobConfig;
import io.freshet.job.core.LearnerCore;
import io.freshet.job.core.PermanentFailure;
import io.freshet.job.exchange.RendezvousClient;
import io.freshet.job.exchange.SocketExchange;
import io.freshet.job.records.BadRecords;
import io.freshet.job.records.RejectedRecord;
import io.freshet.job.records.TickedEvent;
import io.freshet.train.TickOutcome;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.tick.RefusedEvent;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RunnableFuture;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.execution.CancelTaskException;
import org.apache.flink.runtime.execution.SuppressRestartsException;
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
import org.apache.flink.util.IOUtils;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.concurrent.FutureUtils;
import org.jspecify.annotations.Nullable;

/**
 * A learner in a Flink task: passes events, watermarks, barriers and notifications to its {@link LearnerCore}. A
 * checkpoint's snapshot is cut in the synchronous part, uploaded in the asynchronous part, and committed when Flink
 * says that the checkpoint is complete. Flink's own state holds the snapshot's name and the events of open ticks.
 */
final class LearnerOperator extends AbstractStreamOperator<String>
        implements OneInputStreamOperator<TickedEvent, String> {
    private static final long serialVersionUID = 1;

    /** Events that were not taken in, of this learner's lanes; for the dead letters. */
    static final OutputTag<RejectedRecord> REFUSED = new OutputTag<>("refused") {};

    private final JobConfig config;
    private final String topicId;
    private transient LearnerCore core;
    private transient @Nullable LearnerWorkplace workplace;
    private transient @Nullable SocketExchange sockets;
    /** Whether this learner publishes, commits snapshots and reports. */
    private transient boolean leads;

    private transient ListState<byte[]> saved;
    private transient ObjectMapper json;
    private transient Counter refused;
    private transient LearnerCore.@Nullable Cut cut;
    private transient boolean savepoint;

    LearnerOperator(StreamOperatorParameters<String> parameters, JobConfig config, String topicId) {
        super(parameters);
        this.config = config;
        this.topicId = topicId;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        json = new ObjectMapper();
        refused = getMetricGroup().addGroup("reason", RefusedEvent.ID_COLLISION).counter("freshet_dlq_records_total");
        saved = context.getOperatorStateStore()
                .getUnionListState(
                        new ListStateDescriptor<>("learner", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
        List<byte[]> entries = new ArrayList<>();
        saved.get().forEach(entries::add);
        LearnerCore.@Nullable Checkpoint checkpoint = context.isRestored() ? new LearnerCore.Checkpoint(entries) : null;
        try {
            Exchange exchange = gather(checkpoint);
            int subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
            leads = subtask == 0;
            LearnerWorkplace taken = new LearnerWorkplace(config, topicId, subtask, exchange);
            workplace = taken;
            core = LearnerCore.open(taken.setup(), taken.ports(), checkpoint);
        } catch (PermanentFailure e) {
            throw new SuppressRestartsException(e);
        }
    }

    private Exchange gather(LearnerCore.@Nullable Checkpoint checkpoint) throws Exception {
        TaskInfo task = getRuntimeContext().getTaskInfo();
        int size = task.getNumberOfParallelSubtasks();
        if (size > config.store().lanes()) {
            throw new PermanentFailure("learner.parallelism is " + size + ", but the store has "
                    + config.store().lanes() + " lanes: at most one learner a lane");
        }
        if (size == 1) {
            return Exchange.local();
        }
        sockets = RendezvousClient.join(
                getContainingTask().getEnvironment().getOperatorCoordinatorEventGateway(),
                getOperatorID(),
                new RendezvousClient.Learner(
                        task.getIndexOfThisSubtask(),
                        task.getAttemptNumber(),
                        size,
                        checkpoint == null ? "" : LearnerCore.snapshotOf(checkpoint)),
                config.exchange().address(),
                config.exchange().timeoutMillis());
        return sockets;
    }

    @Override
    public void open() throws Exception {
        super.open();
        SocketExchange joined = sockets;
        getMetricGroup().gauge("freshet_exchange_turned_away_total", () -> joined == null ? 0L : joined.turnedAway());
        getMetricGroup().gauge("freshet_ticks", () -> core.report().tick());
        getMetricGroup().gauge("freshet_events_total", () -> core.report().events());
        getMetricGroup().gauge("freshet_loss", () -> core.report().loss());
        getMetricGroup().gauge("freshet_held_records", () -> core.openRecords());
        getMetricGroup().gauge("freshet_pending_commits", () -> core.pendingCommits());
        getMetricGroup().gauge("freshet_repository_failures_total", () -> core.repositoryFailures());
        getMetricGroup().gauge("freshet_repository_cleanup_failures_total", () -> core.repositoryCleanupFailures());
        getMetricGroup().gauge("freshet_content_scans_total", () -> core.contentScans());
        getMetricGroup().gauge("freshet_content_scans_skipped_total", () -> core.skippedContentScans());
        getMetricGroup().gauge("freshet_digest_mismatch_total", () -> core.digestMismatches());
    }

    @Override
    public void processElement(StreamRecord<TickedEvent> element) {
        core.take(element.getValue());
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        try {
            core.close(mark.getTimestamp(), this::emit);
        } catch (PermanentFailure e) {
            throw new SuppressRestartsException(e);
        }
        super.processWatermark(mark);
    }

    private void emit(TickOutcome outcome) {
        // A learner that catches up closes thousands of ticks by one watermark; a job that is cancelled does not wait.
        if (getContainingTask().isCanceled()) {
            throw new CancelTaskException(
                    "cancelled at tick " + outcome.report().tick());
        }
        outcome.refused().forEach(this::refuse);
        if (leads) {
            try {
                ObjectNode report = json.valueToTree(outcome.report());
                // Several learners may report to one topic.
                report.put("repository", core.repository()).put("incarnation", core.incarnation());
                output.collect(new StreamRecord<>(json.writeValueAsString(report)));
            } catch (JsonProcessingException e) {
                throw new UncheckedIOException(
                        "the report of tick " + outcome.report().tick() + " is no JSON", e);
            }
        }
    }

    /** Every learner does it for its own lanes, so that each refused event comes once. */
    private void refuse(RefusedEvent event) {
        refused.inc();
        if (config.decoding().badRecords() == BadRecords.FAIL) {
            throw new SuppressRestartsException(new PermanentFailure("an event cannot be taken in and bad-records is"
                    + " 'fail': " + config.topics().events() + " partition " + event.partition() + " offset "
                    + event.offset() + ": " + event.reason() + ", " + event.detail()));
        }
        if (config.decoding().badRecords() == BadRecords.DLQ) {
            output.collect(REFUSED, new StreamRecord<>(RejectedRecord.of(event)));
        }
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        try {
            LearnerCore.Cut made = core.cut(context.getCheckpointId(), savepoint);
            cut = made;
            saved.update(List.of(made.entry()));
        } catch (PermanentFailure e) {
            throw new SuppressRestartsException(e);
        }
    }

    /** Lets the upload run in Flink's asynchronous phase: the acknowledgement waits for it, a failure declines. */
    @Override
    public OperatorSnapshotFutures snapshotState(
            long checkpointId, long timestamp, CheckpointOptions options, CheckpointStreamFactory factory)
            throws Exception {
        savepoint = options.getCheckpointType().isSavepoint();
        OperatorSnapshotFutures futures;
        LearnerCore.Cut mine;
        try {
            futures = super.snapshotState(checkpointId, timestamp, options, factory);
        } catch (Exception e) {
            discard(cut);
            throw e;
        } finally {
            mine = cut;
            cut = null;
        }
        RunnableFuture<SnapshotResult<OperatorStateHandle>> inner = futures.getOperatorStateManagedFuture();
        futures.setOperatorStateManagedFuture(
                new FutureTask<>(() -> {
                    if (mine != null) {
                        mine.upload().run();
                    }
                    FutureUtils.runIfNotDoneAndGet(inner);
                    return inner.get();
                }) {
                    @Override
                    public boolean cancel(boolean interrupt) {
                        inner.cancel(interrupt);
                        boolean cancelled = super.cancel(interrupt);
                        // One that never ran leaves its cut; one under way removes it itself.
                        discard(mine);
                        return cancelled;
                    }
                });
        return futures;
    }

    private static void discard(LearnerCore.@Nullable Cut unused) {
        if (unused != null) {
            unused.discard().run();
        }
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        super.notifyCheckpointComplete(checkpointId);
        core.completed(checkpointId);
    }

    @Override
    public void notifyCheckpointAborted(long checkpointId) throws Exception {
        super.notifyCheckpointAborted(checkpointId);
        core.aborted(checkpointId);
    }

    /** The log ended: what was learned behind the last checkpoint is kept as a snapshot of its own. */
    @Override
    public void finish() throws Exception {
        super.finish();
        core.end(this::emit);
    }

    @Override
    public void close() throws Exception {
        // Sockets first, so that nobody waits for this learner; all of them, whatever one throws.
        IOUtils.closeAll(sockets, core, workplace, super::close);
    }
}
