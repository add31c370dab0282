package io.freshet.serving.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.items.ItemScan;
import io.freshet.schema.EntityIds;
import io.freshet.serving.Limits;
import io.freshet.serving.Replica;
import io.freshet.serving.ScoringEngine;
import io.freshet.serving.SmallWorld;
import io.freshet.v1.Freshness;
import io.freshet.v1.ScoreReply;
import io.freshet.v1.ScoreRequest;
import io.freshet.v1.ScoringGrpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that are slow, many, greedy or gone take nothing from the others. */
@Timeout(120)
class ServingLimitsTest {
    private static final String NEVER =
            "{\"items\":[\"i0\"],\"min_freshness\":{\"offsets\":{\"0\":\"1099511627776\"},\"mode\":\"WAIT\"}}";

    private final SmallWorld world = new SmallWorld();
    private final Device device = CpuDevices.scalar().open();
    private final List<AutoCloseable> open = new ArrayList<>();
    private ScoringEngine engine;
    private ScoringServer server;

    private void start(long patienceMillis, ServerLimits limits) throws IOException {
        Limits asked = new Limits(2000, 1000, 1000, 256, 1024, 16, patienceMillis, 30_000);
        engine = new ScoringEngine(device, asked, System::currentTimeMillis, ItemScan.INT8);
        world.next();
        engine.install(SmallWorld.MODEL, EntityIds.standard(), world.store().view(), world.version());
        server = new ScoringServer(engine, 0, 0, limits);
    }

    private static ServerLimits limits(int connections, long requestMillis, int grpcCalls) {
        return new ServerLimits(64 << 10, connections, requestMillis, 2, grpcCalls);
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        server.close();
        engine.close();
        world.close();
        device.close();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.httpPort());
        socket.setSoTimeout(60_000);
        open.add(socket);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    }

    private static String post(String path, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    /** The whole answer; the connection is closed behind it. */
    private String ask(String request) throws IOException {
        try (Socket socket = connect()) {
            send(socket, request);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void await(BooleanSupplier done) throws InterruptedException {
        boolean isDone = done.getAsBoolean();
        for (int n = 0; n < 2_000 && !isDone; n++) {
            TimeUnit.MILLISECONDS.sleep(10);
            isDone = done.getAsBoolean();
        }
        assertThat(isDone).isTrue();
    }

    @Test
    void slowClientsAndWaitingCallsDoNotStopTheProbes() throws Exception {
        start(60_000, limits(64, 60_000, 8));
        for (int n = 0; n < 8; n++) {
            send(connect(), "POST /v1/score HTTP/1.1\r\nHos");
            send(connect(), post("/v1/score", NEVER));
        }
        await(() -> engine.waiting() == 8);
        assertThat(ask(get("/livez"))).startsWith("HTTP/1.1 200").contains("alive");
        assertThat(ask(get("/readyz"))).startsWith("HTTP/1.1 200").contains("ready");
        assertThat(ask(get("/metrics"))).startsWith("HTTP/1.1 200").contains("freshet_waiting_queries 8");
        assertThat(ask(post("/v1/score", "{\"items\":[\"i0\"]}"))).startsWith("HTTP/1.1 200");
    }

    @Test
    void aConnectionThatOwesItsRequestTooLongIsClosed() throws Exception {
        start(2_000, limits(64, 200, 8));
        Socket slow = connect();
        send(slow, "GET /li");
        assertThat(slow.getInputStream().read()).isEqualTo(-1);
        Socket silent = connect();
        assertThat(silent.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void connectionsThatAreMerelyHeldOpenKeepNobodyOut() throws Exception {
        start(2_000, limits(4, 60_000, 8));
        List<Socket> held = new ArrayList<>();
        for (int n = 0; n < 4; n++) {
            held.add(connect());
            send(held.get(n), "GET");
            ask(get("/nothing"));
        }
        assertThat(ask(get("/livez"))).startsWith("HTTP/1.1 200");
        assertThat(held.get(0).getInputStream().read()).as("the eldest went").isEqualTo(-1);
    }

    @Test
    void theLimitHoldsForConnectionsThatComeTogether() throws Exception {
        start(2_000, limits(4, 60_000, 8));
        CountDownLatch go = new CountDownLatch(1);
        server.watch(replica(() -> {
            if (Thread.currentThread().getName().startsWith("freshet-http")) {
                go.await();
            }
            return new Replica.Readiness(true, true, "");
        }));
        // The event loop waits in this probe until all the others have been connected by the kernel.
        Socket first = connect();
        send(first, get("/readyz"));
        List<Socket> together = new ArrayList<>();
        for (int n = 0; n < 64; n++) {
            together.add(connect());
        }
        go.countDown();
        await(() -> together.stream().filter(ServingLimitsTest::isClosed).count() >= 60);
        assertThat(ask(get("/livez"))).startsWith("HTTP/1.1 200");
    }

    private static boolean isClosed(Socket socket) {
        try {
            socket.setSoTimeout(1);
            return socket.getInputStream().read() == -1;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private static Replica replica(Callable<Replica.Readiness> readiness) {
        return new Replica() {
            @Override
            public Readiness readiness() {
                try {
                    return readiness.call();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public List<Metric> metrics() {
                return List.of();
            }
        };
    }

    @Test
    void aHealthThatCannotBeToldOnceIsNotServingAndIsLookedAtAgain() throws Exception {
        start(2_000, limits(64, 60_000, 8));
        ManagedChannel channel = channel();
        AtomicBoolean broken = new AtomicBoolean();
        AtomicInteger thrown = new AtomicInteger();
        server.watch(replica(() -> {
            if (broken.get()) {
                thrown.incrementAndGet();
                throw new AssertionError("planted");
            }
            return new Replica.Readiness(true, true, "");
        }));
        await(() -> health(channel) == ServingStatus.SERVING);
        broken.set(true);
        await(() -> health(channel) == ServingStatus.NOT_SERVING);
        await(() -> thrown.get() > 1);
        broken.set(false);
        await(() -> health(channel) == ServingStatus.SERVING);
    }

    @Test
    void whatIsNoPortStartsNothing() throws Exception {
        start(2_000, limits(64, 60_000, 8));
        int free = freePort();
        assertThatThrownBy(() -> new ScoringServer(engine, free, 70_000)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), free).close())
                .isInstanceOf(ConnectException.class);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void bodiesAreBoundedAndWhatIsNoRequestIsRefused() throws Exception {
        start(2_000, limits(64, 60_000, 8));
        Socket large = connect();
        send(large, "POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n");
        assertThat(new String(large.getInputStream().readNBytes(12), StandardCharsets.UTF_8))
                .isEqualTo("HTTP/1.1 413");
        assertThat(ask("NONSENSE\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertThat(ask(post("/v1/score", "{\"items\":")))
                .startsWith("HTTP/1.1 400")
                .contains("\"INVALID\"");
        assertThat(ask(post("/v1/score", "[".repeat(60_000)))).startsWith("HTTP/1.1 400");
        assertThat(ask(get("/v1/score"))).startsWith("HTTP/1.1 405").containsIgnoringCase("allow: POST");
    }

    @Test
    void aSecondRequestBeforeTheFirstAnswerClosesTheConnection() throws Exception {
        start(60_000, limits(64, 60_000, 8));
        Socket socket = connect();
        send(socket, "POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: " + NEVER.length() + "\r\n\r\n" + NEVER);
        await(() -> engine.waiting() == 1);
        send(socket, get("/livez"));
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void oneConnectionAsksOftenIfItWaitsForItsAnswers() throws Exception {
        start(2_000, limits(64, 60_000, 8));
        Socket socket = connect();
        for (int n = 0; n < 5; n++) {
            send(socket, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
            StringBuilder reply = new StringBuilder();
            while (reply.indexOf("alive\n") < 0) {
                reply.append((char) socket.getInputStream().read());
            }
            assertThat(reply).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void aClientThatLeavesTakesItsCallAlong() throws Exception {
        start(60_000, limits(64, 60_000, 8));
        Socket socket = connect();
        send(socket, post("/v1/score", NEVER));
        await(() -> engine.waiting() == 1);
        socket.close();
        await(() -> engine.cancelled() == 1);
        await(() -> engine.waiting() == 0);
    }

    @Test
    void jsonHasZerosFalseAndEmptyLists() throws Exception {
        start(2_000, limits(64, 60_000, 8));
        String scores = ask(post("/v1/score", "{\"items\":[\"none\"]}"));
        assertThat(scores)
                .contains("\"known\": false")
                .contains("\"coverage\": 0.0")
                .contains("\"tick\": \"0\"");
        assertThat(ask(post("/v1/similar", "{\"item_id\":\"none\"}"))).contains("\"items\": []");
        assertThat(ask(post("/v1/recommend", "{\"k\":1}"))).contains("\"seen_horizon_ms\": \"0\"");
    }

    @Test
    void anEngineThatHasFailedIsNeitherReadyNorAlive() throws Exception {
        start(2_000, limits(64, 60_000, 8));
        ManagedChannel channel = channel();
        engine.fail(new StackOverflowError("deep"));
        assertThat(ask(get("/livez"))).startsWith("HTTP/1.1 503").contains("deep");
        assertThat(ask(get("/readyz"))).startsWith("HTTP/1.1 503").contains("deep");
        assertThat(ask(get("/metrics"))).contains("freshet_ready 0");
        assertThat(ask(post("/v1/score", "{\"items\":[\"i0\"]}")))
                .startsWith("HTTP/1.1 503")
                .contains("NOT_READY");
        await(() -> health(channel) == ServingStatus.NOT_SERVING);
    }

    private static ServingStatus health(ManagedChannel channel) {
        return HealthGrpc.newBlockingStub(channel)
                .check(HealthCheckRequest.newBuilder()
                        .setService("freshet.v1.Scoring")
                        .build())
                .getStatus();
    }

    @Test
    void itIsReadyOnlyWhileItsStateIsKeptCurrent() throws Exception {
        start(2_000, limits(64, 60_000, 8));
        ManagedChannel channel = channel();
        await(() -> health(channel) == ServingStatus.SERVING);
        server.watch(new Replica() {
            @Override
            public Readiness readiness() {
                return new Readiness(false, true, "CONNECTING: the feed has not been reached for 12 s");
            }

            @Override
            public List<Metric> metrics() {
                return List.of(
                        Metric.counter("freshet_dropped_total", "Dropped.", "reason=\"a\"", 3),
                        Metric.counter("freshet_dropped_total", "Dropped.", "reason=\"b\"", 4));
            }
        });
        assertThat(ask(get("/readyz"))).startsWith("HTTP/1.1 503").contains("has not been reached for 12 s");
        assertThat(ask(get("/livez"))).startsWith("HTTP/1.1 200");
        assertThat(health(channel)).isEqualTo(ServingStatus.NOT_SERVING);
        assertThat(ask(get("/metrics")))
                .contains("# TYPE freshet_dropped_total counter\nfreshet_dropped_total{reason=\"a\"} 3\n"
                        + "freshet_dropped_total{reason=\"b\"} 4\n");
    }

    private ManagedChannel channel() {
        ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                .usePlaintext()
                .build();
        open.add(channel::shutdownNow);
        return channel;
    }

    private static ScoreRequest never() {
        return ScoreRequest.newBuilder()
                .addItems("i0")
                .setMinFreshness(Freshness.newBuilder().putOffsets(0, 1L << 40).setMode(Freshness.Mode.WAIT))
                .build();
    }

    private static Status.Code code(Throwable e) {
        return ((StatusRuntimeException) e).getStatus().getCode();
    }

    @Test
    void aDeadlineOfADayIsCutToOurPatience() throws Exception {
        start(100, limits(64, 60_000, 8));
        assertThatThrownBy(() -> ScoringGrpc.newBlockingStub(channel())
                        .withDeadlineAfter(1, TimeUnit.DAYS)
                        .score(never()))
                .satisfies(e -> assertThat(code(e)).isEqualTo(Status.Code.DEADLINE_EXCEEDED))
                .hasMessageContaining("waiting for offsets");
    }

    @Test
    void callsBeyondTheLimitAreRefusedAndThoseThatEndMakeRoom() throws Exception {
        start(60_000, limits(64, 60_000, 2));
        ManagedChannel one = channel();
        ManagedChannel two = channel();
        // One call a connection: a connection's share is an eighth of all, but one at least.
        var first = ScoringGrpc.newFutureStub(one).score(never());
        var second = ScoringGrpc.newFutureStub(two).score(never());
        await(() -> engine.waiting() == 2);
        first.cancel(true);
        await(() -> engine.cancelled() == 1);
        assertThat(ScoringGrpc.newBlockingStub(one)
                        .withDeadlineAfter(60, TimeUnit.SECONDS)
                        .score(ScoreRequest.newBuilder().addItems("i0").build())
                        .getScoresCount())
                .isEqualTo(1);
        // A third connection is one too many.
        assertThatThrownBy(() -> ScoringGrpc.newBlockingStub(channel())
                        .withDeadlineAfter(60, TimeUnit.SECONDS)
                        .score(ScoreRequest.newBuilder().addItems("i0").build()))
                .satisfies(e -> assertThat(code(e)).isEqualTo(Status.Code.RESOURCE_EXHAUSTED))
                .hasMessageContaining("connections are open already");
        second.cancel(true);
    }

    @Test
    void aFullEngineIsSaidAsOverloadOverBothProtocols() throws Exception {
        start(60_000, new ServerLimits(64 << 10, 64, 60_000, 8, 64));
        List<Future<ScoreReply>> waiting = new ArrayList<>();
        // As many as the engine lets wait for a later state; a connection's share of calls is eight.
        for (ManagedChannel channel : List.of(channel(), channel())) {
            for (int n = 0; n < 8; n++) {
                waiting.add(ScoringGrpc.newFutureStub(channel).score(never()));
            }
        }
        await(() -> engine.waiting() == 16);
        assertThatThrownBy(() -> ScoringGrpc.newBlockingStub(channel())
                        .withDeadlineAfter(60, TimeUnit.SECONDS)
                        .score(never()))
                .satisfies(e -> assertThat(code(e)).isEqualTo(Status.Code.RESOURCE_EXHAUSTED))
                .hasMessageContaining("wait for a later state already");
        assertThat(ask(post("/v1/score", NEVER)))
                .startsWith("HTTP/1.1 429")
                .contains("\"code\":\"OVERLOADED\"")
                .containsIgnoringCase("retry-after: 1");
        assertThat(ask(post("/v1/score", "{\"items\":[\"i0\"]}"))).startsWith("HTTP/1.1 200");
        waiting.forEach(one -> one.cancel(true));
    }
}
