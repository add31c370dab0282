package io.freshet.cli.serve;

import io.freshet.v1.ScoringGrpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A connection to a scoring service. */
public final class ScoringClient implements AutoCloseable {
    private static final int MAX_MESSAGE = 4 << 20;

    /** What a channel has to say stands in the status of every call, in one line instead of fifty. */
    private static final Logger CHANNEL_LOG = Logger.getLogger("io.grpc.internal.ManagedChannelImpl");

    private final ManagedChannel channel;
    private final long timeoutMillis;

    /**
     * Connects with the first call.
     *
     * @param target host:port
     * @throws IllegalArgumentException if it is no address
     */
    public ScoringClient(String target, long timeoutMillis) {
        CHANNEL_LOG.setLevel(Level.OFF);
        channel = ManagedChannelBuilder.forTarget(target)
                .usePlaintext()
                .maxInboundMessageSize(MAX_MESSAGE)
                .build();
        this.timeoutMillis = timeoutMillis;
    }

    /** For one call, with the deadline set. */
    public ScoringGrpc.ScoringBlockingStub call() {
        return ScoringGrpc.newBlockingStub(channel).withDeadlineAfter(timeoutMillis, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
