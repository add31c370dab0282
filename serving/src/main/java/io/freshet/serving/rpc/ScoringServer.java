package io.freshet.serving.rpc;

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

/** The scoring service on the network, on loopback: gRPC with health and reflection, and the HTTP gateway. */
public final class ScoringServer implements AutoCloseable {
    private static final int MAX_MESSAGE = 4 << 20;

    private final ScoringEngine engine;
    private final ServingMetrics metrics = new ServingMetrics();
    private final Server grpc;
    private final HttpGateway http;
    private final HealthStatusManager health = new HealthStatusManager();
    private final ExecutorService workers = Executors.newFixedThreadPool(2, task -> daemon(task, "freshet-rpc"));
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "freshet-health"));

    /**
     * Starts serving.
     *
     * @param grpcPort port of gRPC on loopback; 0 for any
     * @param httpPort port of HTTP on loopback; 0 for any
     * @throws IOException if a port is taken
     */
    public ScoringServer(ScoringEngine engine, int grpcPort, int httpPort) throws IOException {
        this.engine = engine;
        InetAddress loopback = InetAddress.getLoopbackAddress();
        ScoringCalls calls = new ScoringCalls(engine, metrics, System::currentTimeMillis);
        grpc = NettyServerBuilder.forAddress(new InetSocketAddress(loopback, grpcPort))
                .executor(workers)
                .maxInboundMessageSize(MAX_MESSAGE)
                .permitKeepAliveTime(10, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .maxConnectionAge(5, TimeUnit.MINUTES)
                .addService(new ScoringService(calls))
                .addService(health.getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance())
                .build();
        try {
            grpc.start();
            http = new HttpGateway(new InetSocketAddress(loopback, httpPort), calls, engine, metrics);
        } catch (IOException e) {
            grpc.shutdownNow();
            throw new IOException(
                    "the scoring service cannot listen on port " + grpcPort + " or " + httpPort + " of loopback: "
                            + e.getMessage(),
                    e);
        }
        updateHealth();
        clock.scheduleWithFixedDelay(this::updateHealth, 200, 200, TimeUnit.MILLISECONDS);
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private void updateHealth() {
        ServingStatus status = engine.version() == null ? ServingStatus.NOT_SERVING : ServingStatus.SERVING;
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
