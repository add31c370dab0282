package io.freshet.cli.serve;

import io.freshet.v1.ScoringGrpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.util.concurrent.TimeUnit;

/** A connection to a scoring service. */
public final class ScoringClient implements AutoCloseable {
    private static final int MAX_MESSAGE = 4 << 20;

    private final ManagedChannel channel;
    private final long timeoutMillis;

    /** @param target host:port */
    public ScoringClient(String target, long timeoutMillis) {
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
