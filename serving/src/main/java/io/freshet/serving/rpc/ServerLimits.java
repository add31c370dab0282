package io.freshet.serving.rpc;

/**
 * What clients can take of the servers.
 *
 * @param messageBytes most bytes of a request
 * @param httpConnections HTTP connections; for a new one the one that has been silent longest is closed
 * @param requestMillis time within which a connection has to send a whole HTTP request, from its opening or its last
 *     answer; also the time that it may take to read an answer
 * @param grpcConnections gRPC connections; calls on more are refused
 * @param grpcCalls gRPC calls without an answer, on all connections together; more are refused
 */
public record ServerLimits(
        int messageBytes, int httpConnections, long requestMillis, int grpcConnections, int grpcCalls) {
    public ServerLimits {
        if (messageBytes < 1024 || httpConnections < 2 || requestMillis < 1 || grpcConnections < 1 || grpcCalls < 1) {
            throw new IllegalArgumentException("limits of the server: expected at least 1 KiB, 2 HTTP connections and"
                    + " positive values, got message-bytes=" + messageBytes + " http-connections=" + httpConnections
                    + " request=" + requestMillis + " ms grpc-connections=" + grpcConnections + " grpc-calls="
                    + grpcCalls);
        }
    }

    /** The documented defaults. */
    public static ServerLimits defaults() {
        return new ServerLimits(2 << 20, 256, 30_000, 256, 2_048);
    }
}
