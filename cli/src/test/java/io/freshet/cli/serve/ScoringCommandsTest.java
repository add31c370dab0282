package io.freshet.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.cli.CommandRun;
import io.freshet.v1.ItemScore;
import io.freshet.v1.RecommendReply;
import io.freshet.v1.RecommendRequest;
import io.freshet.v1.ReplyInfo;
import io.freshet.v1.ScoreReply;
import io.freshet.v1.ScoreRequest;
import io.freshet.v1.ScoringGrpc;
import io.freshet.v1.SimilarReply;
import io.freshet.v1.SimilarRequest;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that ask, against a service that answers what the test says. */
class ScoringCommandsTest {
    private static final ReplyInfo INFO = ReplyInfo.newBuilder()
            .setTick(7)
            .setIncarnation(3)
            .setStateAgeMs(250)
            .setCoverage(1)
            .build();

    /** Answers with what it is told to, and remembers what it was asked. */
    private static final class Answering extends ScoringGrpc.ScoringImplBase {
        private final List<RecommendRequest> recommended = new ArrayList<>();
        private volatile Status status = Status.OK;

        private <R> void answer(StreamObserver<R> to, R reply) {
            if (!status.isOk()) {
                to.onError(status.asRuntimeException());
                return;
            }
            to.onNext(reply);
            to.onCompleted();
        }

        @Override
        public void recommend(RecommendRequest request, StreamObserver<RecommendReply> to) {
            recommended.add(request);
            if (request.getK() == 99) {
                // Never answered: the client's deadline ends it.
                return;
            }
            ItemScore item = ItemScore.newBuilder()
                    .setItemId("a\u001b[31mb")
                    .setScore(1.5f)
                    .setKnown(true)
                    .build();
            answer(to, RecommendReply.newBuilder().addItems(item).setInfo(INFO).build());
        }

        @Override
        public void score(ScoreRequest request, StreamObserver<ScoreReply> to) {
            ScoreReply.Builder reply = ScoreReply.newBuilder().setInfo(INFO);
            request.getItemsList()
                    .forEach(item -> reply.addScores(
                            ItemScore.newBuilder().setItemId(item).setKnown(item.startsWith("k"))));
            answer(to, reply.build());
        }

        @Override
        public void similar(SimilarRequest request, StreamObserver<SimilarReply> to) {
            ReplyInfo info = request.getItemId().equals("none")
                    ? INFO.toBuilder().setCoverage(0).build()
                    : INFO;
            answer(to, SimilarReply.newBuilder().setInfo(info).build());
        }
    }

    private final Answering service = new Answering();
    private Server server;
    private String target;

    @BeforeEach
    void start() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(service)
                .build()
                .start();
        target = "127.0.0.1:" + server.getPort();
    }

    @AfterEach
    void stop() throws InterruptedException {
        server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }

    @Test
    void answersArePrintedAsTableWithoutControlCharacters() {
        CommandRun ran = CommandRun.of("recommend", "--target", target, "--user", "u", "--history", "x,y", "-k", "5");
        assertThat(ran.code()).as(ran.out()).isZero();
        assertThat(ran.out()).contains("1.5000  a [31mb", "tick 7 of learner 3, 250 ms old");
        RecommendRequest asked = service.recommended.get(0);
        assertThat(asked.getK()).isEqualTo(5);
        assertThat(asked.getSubject().getUserId()).isEqualTo("u");
        assertThat(asked.getSubject().getHistoryList())
                .extracting(event -> event.getItemId())
                .containsExactly("x", "y");
    }

    @Test
    void answersArePrintedAsJson() throws IOException {
        CommandRun ran = CommandRun.of("recommend", "--target", target, "--user", "u", "-o", "json");
        JsonNode json = new ObjectMapper().readTree(ran.out());
        assertThat(json.at("/items/0/score").asDouble()).isEqualTo(1.5);
        assertThat(json.at("/info/tick").asLong()).isEqualTo(7);
    }

    @Test
    void scoresSayWhichItemsAreUnknown() {
        CommandRun ran = CommandRun.of("score", "--target", target, "--user", "u", "k1", "z2");
        assertThat(ran.code()).isZero();
        assertThat(ran.out().lines().filter(line -> line.contains("k1")))
                .singleElement()
                .asString()
                .doesNotContain("unknown");
        assertThat(ran.out()).containsPattern("z2 +\\(unknown\\)");
        assertThat(CommandRun.of("similar", "--target", target, "i").code()).isZero();
    }

    @Test
    void anItemThatNobodyKnowsIsSaid() {
        CommandRun ran = CommandRun.of("similar", "--target", target, "none");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out()).contains("freshet: item none is unknown");
    }

    @ParameterizedTest
    @CsvSource({
        "INVALID_ARGUMENT, 2",
        "UNAVAILABLE, 3",
        "FAILED_PRECONDITION, 3",
        "UNAUTHENTICATED, 4",
        "PERMISSION_DENIED, 4",
        "RESOURCE_EXHAUSTED, 6",
        "INTERNAL, 1",
        "NOT_FOUND, 1",
    })
    void refusalsHaveTheirCodes(Status.Code code, int expected) {
        service.status = code.toStatus().withDescription("because");
        CommandRun ran = CommandRun.of("similar", "--target", target, "i");
        assertThat(ran.code()).isEqualTo(expected);
        assertThat(ran.out()).contains("freshet: " + target + " answered " + code + ": because");
    }

    @Test
    void noAnswerInTimeIsFive() {
        CommandRun ran =
                CommandRun.of("recommend", "--target", target, "--user", "u", "-k", "99", "--timeout", "50 ms");
        assertThat(ran.code()).as(ran.out()).isEqualTo(5);
        assertThat(ran.out()).contains("DEADLINE_EXCEEDED");
    }
}
