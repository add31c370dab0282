package io.freshet.serving.rpc;

import io.freshet.serving.Replica;
import io.freshet.serving.ScoringEngine;
import io.freshet.v1.ScoringGrpc;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The scoring service on the network, on loopback: gRPC with health and reflection, and the HTTP gateway. */
public final class ScoringServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ScoringServer.class);
    private static final int WORKERS = 2;

    private final ServingMetrics metrics = new ServingMetrics();
    private final Server grpc;
    private final HttpGateway http;
    private final ServingHealth serving;
    private final HealthStatusManager health = new HealthStatusManager();
    private final ExecutorService workers = Executors.newFixedThreadPool(WORKERS, task -> daemon(task, "freshet-rpc"));
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "freshet-health"));

    /** Whether the last look at the health failed; said once. */
    private volatile boolean unknown;

    /** Starts serving with the default limits. */
    public ScoringServer(ScoringEngine engine, int grpcPort, int httpPort) throws IOException {
        this(engine, grpcPort, httpPort, ServerLimits.defaults());
    }

    /**
     * Starts serving.
     *
     * @param grpcPort port of gRPC on loopback; 0 for any
     * @param httpPort port of HTTP on loopback; 0 for any
     * @throws IOException if a port is taken
     * @throws IllegalArgumentException if one is no port
     */
    public ScoringServer(ScoringEngine engine, int grpcPort, int httpPort, ServerLimits limits) throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        // Both before anything is started.
        InetSocketAddress grpcAddress = new InetSocketAddress(loopback, grpcPort);
        InetSocketAddress httpAddress = new InetSocketAddress(loopback, httpPort);
        serving = new ServingHealth(engine);
        CallLimit calls = new CallLimit(limits);
        ScoringCalls answers = new ScoringCalls(engine, metrics, System::currentTimeMillis, workers);
        grpc = NettyServerBuilder.forAddress(grpcAddress)
                .executor(workers)
                .maxInboundMessageSize(limits.messageBytes())
                .maxInboundMetadataSize(16 << 10)
                .maxConcurrentCallsPerConnection(Math.max(1, limits.grpcCalls() / 8))
                .permitKeepAliveTime(10, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .maxConnectionIdle(5, TimeUnit.MINUTES)
                .maxConnectionAge(5, TimeUnit.MINUTES)
                .maxConnectionAgeGrace(1, TimeUnit.MINUTES)
                .handshakeTimeout(10, TimeUnit.SECONDS)
                .intercept(calls)
                .addTransportFilter(calls)
                .addService(new ScoringService(answers))
                .addService(health.getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance())
                .build();
        try {
            grpc.start();
            HttpConnections connections = new HttpConnections(limits);
            MetricsPage page = new MetricsPage(engine, metrics, serving, connections, calls);
            http = new HttpGateway(
                    httpAddress, limits, connections, new HttpRoutes(connections, answers, serving, page, workers));
        } catch (IOException e) {
            grpc.shutdownNow();
            workers.shutdownNow();
            clock.shutdownNow();
            throw new IOException(
                    "the scoring service cannot listen on port " + grpcPort + " or " + httpPort + " of loopback: "
                            + e.getMessage(),
                    e);
        }
        updateHealth();
        clock.scheduleWithFixedDelay(this::updateHealth, 200, 200, TimeUnit.MILLISECONDS);
    }

    /** From now on it is healthy only while this is ready, and shows its metrics. */
    public void watch(Replica replica) {
        serving.watch(replica);
        updateHealth();
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Never throws: a clock that has thrown once is not called again. */
    private boolean ready() {
        try {
            boolean ready = serving.now().ready();
            unknown = false;
            return ready;
        } catch (RuntimeException | Error e) {
            if (!unknown) {
                LOG.error("whether queries should be sent here cannot be told", e);
            }
            unknown = true;
            return false;
        }
    }

    private void updateHealth() {
        ServingStatus status = ready() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
        health.setStatus(ScoringGrpc.SERVICE_NAME, status);
    }

    /** Calls answered so far, by gRPC and HTTP, those with an error too. */
    public long calls() {
        return metrics.calls();
    }

    /** Port of gRPC. */
    public int grpcPort() {
        return grpc.getPort();
    }

    /** Port of HTTP. */
    public int httpPort() {
        return http.port();
    }

    @Override
    public void close() {
        clock.shutdownNow();
        health.enterTerminalState();
        grpc.shutdown();
        http.close();
        try {
            if (!grpc.awaitTermination(2, TimeUnit.SECONDS)) {
                grpc.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            grpc.shutdownNow();
        }
        workers.shutdown();
    }
}
