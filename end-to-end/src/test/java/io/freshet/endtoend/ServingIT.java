package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.local.EmbeddedBroker;
import io.freshet.local.LoopbackPorts;
import io.freshet.v1.RecommendReply;
import io.freshet.v1.RecommendRequest;
import io.freshet.v1.ScoringGrpc;
import io.freshet.v1.Subject;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Learner and scorer as processes of their own, and what happens to the one when the other dies. */
class ServingIT {
    private static final String USER = "17850";

    /** The second 1,500 events begin 250 ms behind the first 3,000, which take 24 ticks of 250 ms, and take 12. */
    private static final long LAST_TICK = 6800000036L;

    @TempDir
    Path work;

    private ManagedChannel channel;

    @AfterEach
    void hangUp() {
        if (channel != null) {
            channel.shutdownNow();
        }
    }

    @Test
    void aScorerFollowsOutlivesAndVerifiesItsLearnerAndSurvivesItsOwnDeath() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("kafka"), 0);
                Processes processes = new Processes(work)) {
            String servers = broker.bootstrapServers();
            replay(processes, servers, "first", 3000);
            Process learner = learn(processes, servers, "learner-1");
            int port = LoopbackPorts.free();
            Process scorer = serve(processes, servers, port, "scorer-1");
            RecommendReply learned =
                    await("the log to be served", reply -> reply.getInfo().getTick() >= 6800000023L);
            assertThat(learned.getItemsCount()).isEqualTo(5);
            assertThat(learned.getInfo().getDegradedList()).isEmpty();

            learner.destroyForcibly().waitFor();
            RecommendReply orphaned = call();
            assertThat(items(orphaned)).as("goes on without its learner").isEqualTo(items(learned));
            assertThat(orphaned.getInfo().getTick()).isEqualTo(learned.getInfo().getTick());

            // The next incarnation may start behind the scorer; what it sends again is verified, then it goes on.
            learn(processes, servers, "learner-2");
            replay(processes, servers, "second", 1500);
            RecommendReply later = await(
                    "the next learner to be followed to the end of the log",
                    r -> r.getInfo().getIncarnation() == 2 && r.getInfo().getTick() >= LAST_TICK);
            assertThat(processes.output("scorer-1")).doesNotContain("cannot be followed");

            scorer.destroyForcibly().waitFor();
            serve(processes, servers, port, "scorer-2");
            RecommendReply reopened = await("the scorer's own store", reply -> true);
            assertThat(reopened.getInfo().getTick()).isEqualTo(later.getInfo().getTick());
            assertThat(items(reopened)).isEqualTo(items(later));
            assertThat(processes.output("scorer-2")).doesNotContain("cannot be followed");
        }
    }

    @Test
    void theEmbeddedScorerAnswersAsTheFollowerDoes() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("kafka"), 0);
                Processes processes = new Processes(work)) {
            String servers = broker.bootstrapServers();
            replay(processes, servers, "first", 2000);
            int embedded = LoopbackPorts.free();
            processes.freshet(
                    "learner",
                    "learn",
                    "--bootstrap-servers",
                    servers,
                    "--work-dir",
                    work.resolve("learner").toString(),
                    "--scoring-port",
                    Integer.toString(embedded));
            connect(embedded);
            RecommendReply inside =
                    await("the log to be served", reply -> reply.getInfo().getTick() >= 6800000015L);
            hangUp();
            serve(processes, servers, LoopbackPorts.free(), "scorer");
            RecommendReply outside =
                    await("the follower", reply -> reply.getInfo().getTick() >= 6800000015L);
            assertThat(items(outside)).isEqualTo(items(inside));
        }
    }

    private void replay(Processes processes, String servers, String name, int events) throws Exception {
        processes.run(name, "replay", "--bootstrap-servers", servers, "--events", Integer.toString(events));
    }

    private Process learn(Processes processes, String servers, String name) throws Exception {
        String directory = work.resolve("learner").toString();
        return processes.freshet(
                name,
                "learn",
                "--bootstrap-servers",
                servers,
                "--work-dir",
                directory,
                "--checkpoint-interval",
                "60000");
    }

    private Process serve(Processes processes, String servers, int port, String name) throws Exception {
        Process scorer = processes.freshet(
                name,
                "serve",
                "--bootstrap-servers",
                servers,
                "--repository",
                work.resolve("learner/snapshots").toString(),
                "--state-dir",
                work.resolve("scorer").toString(),
                "--port",
                Integer.toString(port),
                "--http-port",
                "0");
        connect(port);
        return scorer;
    }

    private void connect(int port) {
        hangUp();
        channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .build();
    }

    private RecommendReply call() {
        return ScoringGrpc.newBlockingStub(channel)
                .withDeadlineAfter(10, TimeUnit.SECONDS)
                .withWaitForReady()
                .recommend(RecommendRequest.newBuilder()
                        .setSubject(Subject.newBuilder().setUserId(USER))
                        .setK(5)
                        .setRequestTimeMs(1_300_000_000_000L)
                        .build());
    }

    private static List<String> items(RecommendReply reply) {
        return reply.getItemsList().stream()
                .map(item -> item.getItemId() + " " + item.getScore())
                .toList();
    }

    private interface Check {
        boolean test(RecommendReply reply) throws Exception;
    }

    private RecommendReply await(String what, Check check) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        String last = "no answer";
        while (System.nanoTime() < deadline) {
            try {
                RecommendReply reply = call();
                if (check.test(reply)) {
                    return reply;
                }
                last = reply.getInfo().toString();
            } catch (StatusRuntimeException e) {
                last = e.getMessage();
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        throw new AssertionError("waited in vain for " + what + "; the last answer: " + last);
    }
}
