package io.freshet.job.exchange;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.jobgraph.tasks.TaskOperatorEventGateway;
import org.apache.flink.streaming.api.operators.collect.CollectCoordinationResponse;
import org.apache.flink.util.SerializedValue;

/** A learner's side of the rendezvous: it listens, asks, and connects to everybody. */
public final class RendezvousClient {
    /** Connections of others that may wait to be turned away before learners have to come again. */
    private static final int BACKLOG = 128;

    private RendezvousClient() {}

    /**
     * A learner that asks for the others.
     *
     * @param subtask its number
     * @param attempt of its task
     * @param size learners of the job
     * @param snapshot what it restores; empty: nothing
     */
    public record Learner(int subtask, int attempt, int size, String snapshot) {}

    /**
     * Waits for the other learners and connects to them.
     *
     * @param address address to listen on and to be found at
     * @param timeoutMillis how long to wait for them, and later for each exchange
     * @throws IOException if they do not come, or cannot be reached
     */
    public static SocketExchange join(
            TaskOperatorEventGateway gateway, OperatorID operator, Learner learner, String address, long timeoutMillis)
            throws IOException, InterruptedException {
        try (ServerSocket server = new ServerSocket(0, BACKLOG + learner.size, InetAddress.getByName(address))) {
            JoinRequest request =
                    new JoinRequest(learner.subtask, learner.attempt, address, server.getLocalPort(), learner.snapshot);
            Members members = ask(gateway, operator, request, learner.size, timeoutMillis);
            return SocketExchange.connect(learner.subtask, members, server, (int) Math.min(timeoutMillis, 1 << 30));
        }
    }

    private static Members ask(
            TaskOperatorEventGateway gateway, OperatorID operator, JoinRequest request, int size, long timeoutMillis)
            throws IOException, InterruptedException {
        try {
            CollectCoordinationResponse answer = (CollectCoordinationResponse)
                    gateway.sendRequestToCoordinator(operator, new SerializedValue<>(request))
                            .get(timeoutMillis, TimeUnit.MILLISECONDS);
            return Members.fromText(answer.getVersion());
        } catch (ExecutionException e) {
            throw new IOException("learner " + request.subtask() + " could not join: " + e.getMessage(), e.getCause());
        } catch (TimeoutException e) {
            throw new IOException(
                    "learner " + request.subtask() + " waited " + timeoutMillis + " ms for the other learners of "
                            + size + ": is there a task slot for each?",
                    e);
        }
    }
}
