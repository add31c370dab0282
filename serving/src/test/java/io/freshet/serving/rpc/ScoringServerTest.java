package io.freshet.serving.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.items.ItemScan;
import io.freshet.schema.EntityIds;
import io.freshet.serving.Limits;
import io.freshet.serving.ScoringEngine;
import io.freshet.serving.SmallWorld;
import io.freshet.v1.HistoryEvent;
import io.freshet.v1.RecommendRequest;
import io.freshet.v1.ScoreReply;
import io.freshet.v1.ScoreRequest;
import io.freshet.v1.ScoringGrpc;
import io.freshet.v1.SimilarRequest;
import io.freshet.v1.Subject;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The service on a real port of loopback. */
class ScoringServerTest {
    private final SmallWorld world = new SmallWorld();
    private final Device device = CpuDevices.scalar().open();
    private final ScoringEngine engine =
            new ScoringEngine(device, Limits.defaults(), System::currentTimeMillis, ItemScan.INT8);
    private ScoringServer server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws Exception {
        server = new ScoringServer(engine, 0, 0);
        channel = ManagedChannelBuilder.forAddress("127.0.0.1", server.grpcPort())
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.close();
        engine.close();
        world.close();
        device.close();
    }

    private void load() {
        for (int n = 0; n < 5; n++) {
            world.next();
        }
        engine.install(SmallWorld.MODEL, EntityIds.standard(), world.store().view(), world.version());
    }

    private ScoringGrpc.ScoringBlockingStub stub() {
        return ScoringGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
    }

    private ServingStatus health() {
        return HealthGrpc.newBlockingStub(channel)
                .check(HealthCheckRequest.newBuilder()
                        .setService("freshet.v1.Scoring")
                        .build())
                .getStatus();
    }

    @Test
    void itIsHealthyOnceAStateIsLoaded() throws Exception {
        assertThat(health()).isEqualTo(ServingStatus.NOT_SERVING);
        assertThat(http("/readyz", null).statusCode()).isEqualTo(503);
        assertThatThrownBy(() -> stub().recommend(RecommendRequest.getDefaultInstance()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
        load();
        for (int n = 0; n < 100 && health() != ServingStatus.SERVING; n++) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        assertThat(health()).isEqualTo(ServingStatus.SERVING);
        assertThat(http("/readyz", null).statusCode()).isEqualTo(200);
        assertThat(http("/livez", null).statusCode()).isEqualTo(200);
    }

    @Test
    void reflectionNamesTheService() throws Exception {
        CompletableFuture<ServerReflectionResponse> first = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> ask = ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse value) {
                        first.complete(value);
                    }

                    @Override
                    public void onError(Throwable t) {
                        first.completeExceptionally(t);
                    }

                    @Override
                    public void onCompleted() {
                        // One answer is enough.
                    }
                });
        ask.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
        assertThat(first.get(30, TimeUnit.SECONDS).getListServicesResponse().getServiceList())
                .anyMatch(service -> service.getName().equals("freshet.v1.Scoring"));
        ask.onCompleted();
    }

    @Test
    void callsAreAnsweredAndStamped() {
        load();
        Subject user = Subject.newBuilder().setUserId("u1").build();
        ScoreReply scores = stub().score(ScoreRequest.newBuilder()
                .setRequestId("r1")
                .setSubject(user)
                .addAllItems(List.of("i0", "none", "i0"))
                .build());
        assertThat(scores.getScoresList()).extracting(s -> s.getKnown()).containsExactly(true, false, true);
        assertThat(scores.getScores(0)).isEqualTo(scores.getScores(2));
        assertThat(scores.getInfo().getRequestId()).isEqualTo("r1");
        assertThat(scores.getInfo().getTick()).isEqualTo(world.store().tick());
        assertThat(scores.getInfo().getIncarnation()).isEqualTo(1);
        assertThat(stub().recommend(
                                RecommendRequest.newBuilder().setSubject(user).build())
                        .getItemsList())
                .hasSize(10);
        assertThat(stub().similar(SimilarRequest.newBuilder()
                                .setItemId("i0")
                                .setK(3)
                                .build())
                        .getItemsList())
                .hasSize(3)
                .noneMatch(item -> item.getItemId().equals("i0"));
        stub().score(ScoreRequest.newBuilder()
                .setSubject(user)
                .addAllItems(Collections.nCopies(2000, "i0"))
                .build());
    }

    @Test
    void wrongRequestsAreRefusedByFieldAndLimit() {
        load();
        HistoryEvent event = HistoryEvent.newBuilder().setItemId("i0").build();
        wrong("items", ScoreRequest.newBuilder());
        wrong("2000", ScoreRequest.newBuilder().addAllItems(Collections.nCopies(2001, "i")));
        wrong("items[1]", ScoreRequest.newBuilder().addItems("i").addItems(""));
        wrong(
                "subject.history",
                ScoreRequest.newBuilder()
                        .addItems("i")
                        .setSubject(Subject.newBuilder().addAllHistory(Collections.nCopies(1001, event))));
        wrong(
                "action",
                ScoreRequest.newBuilder()
                        .addItems("i")
                        .setSubject(Subject.newBuilder()
                                .addHistory(event.toBuilder().setAction("dance"))));
        wrong(
                "value",
                ScoreRequest.newBuilder()
                        .addItems("i")
                        .setSubject(Subject.newBuilder()
                                .addHistory(event.toBuilder().setValue(Double.NaN))));
        assertThatThrownBy(() ->
                        stub().recommend(RecommendRequest.newBuilder().setK(-1).build()))
                .hasMessageContaining("INVALID_ARGUMENT")
                .hasMessageContaining("k: expected 1 to 1000");
    }

    private void wrong(String named, ScoreRequest.Builder request) {
        assertThatThrownBy(() -> stub().score(request.build()))
                .hasMessageContaining("INVALID_ARGUMENT")
                .hasMessageContaining(named);
    }

    @Test
    void theSameCallsAreJsonOverHttp() throws Exception {
        load();
        HttpResponse<String> reply = http("/v1/recommend", "{\"subject\":{\"user_id\":\"u1\"},\"k\":2}");
        assertThat(reply.statusCode()).isEqualTo(200);
        assertThat(reply.body()).contains("\"item_id\"").contains("\"tick\"");
        assertThat(http("/v1/score", "{\"items\":[\"i0\"]}").body()).contains("\"known\": true");
        assertThat(http("/v1/similar", "{\"item_id\":\"i0\",\"k\":1}").statusCode())
                .isEqualTo(200);
        assertThat(http("/v1/recommend", "{\"k\":").statusCode()).isEqualTo(400);
        assertThat(http("/v1/recommend", "{\"k\":-3}").body()).contains("k: expected");
        assertThat(http("/v1/recommend", null).statusCode()).isEqualTo(405);
        assertThat(http("/nothing", null).statusCode()).isEqualTo(404);
        assertThat(http("/metrics", null).body())
                .contains("freshet_rpc_seconds_bucket{method=\"Recommend\",code=\"OK\",le=\"+Inf\"} 1")
                .contains("freshet_served_tick " + world.store().tick());
    }

    private HttpResponse<String> http(String path, String body) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.httpPort() + path));
        HttpRequest.Builder method =
                body == null ? request.GET() : request.POST(HttpRequest.BodyPublishers.ofString(body));
        return HttpClient.newHttpClient().send(method.build(), HttpResponse.BodyHandlers.ofString());
    }
}
