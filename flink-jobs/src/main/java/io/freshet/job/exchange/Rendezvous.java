package io.freshet.job.exchange;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationRequestHandler;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.streaming.api.operators.collect.CollectCoordinationResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs at the JobManager: holds the requests of learners that start until all are there, then gives everybody the list.
 * A learner asks before it reads anything, so nobody waits for anybody while records flow. Used on the
 * JobManager's main thread only.
 */
final class Rendezvous implements OperatorCoordinator, CoordinationRequestHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Rendezvous.class);

    private record Waiting(JoinRequest request, CompletableFuture<CoordinationResponse> answer) {}

    private final Context context;
    private final Map<Integer, Waiting> waiting = new HashMap<>();

    Rendezvous(Context context) {
        this.context = context;
    }

    @Override
    public CompletableFuture<CoordinationResponse> handleCoordinationRequest(CoordinationRequest request) {
        JoinRequest join = (JoinRequest) request;
        CompletableFuture<CoordinationResponse> answer = new CompletableFuture<>();
        Waiting before = waiting.put(join.subtask(), new Waiting(join, answer));
        refuse(before, "attempt " + join.attempt() + " of the same learner came");
        if (waiting.size() == context.currentParallelism()) {
            form();
        }
        return answer;
    }

    private void form() {
        List<Waiting> all = new ArrayList<>();
        for (int subtask = 0; subtask < waiting.size(); subtask++) {
            all.add(waiting.get(subtask));
        }
        waiting.clear();
        String snapshot = all.get(0).request.snapshot();
        for (Waiting one : all) {
            if (!one.request.snapshot().equals(snapshot)) {
                String why = "learner 0 restores '" + snapshot + "', learner " + one.request.subtask() + " restores '"
                        + one.request.snapshot() + "': the checkpoint is not whole";
                all.forEach(member -> refuse(member, why));
                return;
            }
        }
        String group = UUID.randomUUID().toString();
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (Waiting one : all) {
            addresses.add(InetSocketAddress.createUnresolved(one.request.host(), one.request.port()));
        }
        LOG.info("{} learners gathered as {}, from snapshot '{}'", all.size(), group, snapshot);
        // A class of Flink's own: the answer is read by class loaders that do not know the job's.
        CollectCoordinationResponse answer =
                new CollectCoordinationResponse(new Members(group, addresses).toText(), 0, List.of());
        all.forEach(member -> member.answer.complete(answer));
    }

    private static void refuse(@Nullable Waiting member, String why) {
        if (member != null) {
            member.answer.completeExceptionally(new IllegalStateException(
                    "learner " + member.request.subtask() + " cannot join the others: " + why));
        }
    }

    private void forget(int subtask, String why) {
        refuse(waiting.remove(subtask), why);
    }

    @Override
    public void executionAttemptFailed(int subtask, int attempt, @Nullable Throwable reason) {
        Waiting member = waiting.get(subtask);
        if (member != null && member.request.attempt() == attempt) {
            forget(subtask, "its task ended");
        }
    }

    @Override
    public void subtaskReset(int subtask, long checkpoint) {
        forget(subtask, "its task starts again");
    }

    @Override
    public void resetToCheckpoint(long checkpoint, byte @Nullable [] data) {
        List.copyOf(waiting.keySet()).forEach(subtask -> forget(subtask, "the job goes back to a checkpoint"));
    }

    @Override
    public void start() {
        // Nothing runs until somebody asks.
    }

    @Override
    public void close() {
        List.copyOf(waiting.keySet()).forEach(subtask -> forget(subtask, "the job ends"));
    }

    @Override
    public void handleEventFromOperator(int subtask, int attempt, OperatorEvent event) {
        throw new IllegalStateException("learners send requests, not events: " + event);
    }

    @Override
    public void checkpointCoordinator(long checkpoint, CompletableFuture<byte[]> result) {
        result.complete(new byte[0]);
    }

    @Override
    public void notifyCheckpointComplete(long checkpoint) {
        // Nothing is kept.
    }

    @Override
    public void executionAttemptReady(int subtask, int attempt, SubtaskGateway gateway) {
        // Learners ask; nothing is sent to them unasked.
    }
}
