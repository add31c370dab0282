package io.freshet.job.exchange;

import org.apache.flink.runtime.operators.coordination.CoordinationRequest;

/**
 * A learner that waits for the others.
 *
 * @param subtask its number
 * @param attempt of its task
 * @param host where it listens
 * @param port where it listens
 * @param snapshot what it restores; empty: nothing
 */
record JoinRequest(int subtask, int attempt, String host, int port, String snapshot) implements CoordinationRequest {
    private static final long serialVersionUID = 1;
}
