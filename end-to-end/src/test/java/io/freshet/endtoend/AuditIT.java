package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.local.EmbeddedBroker;
import io.freshet.local.LoopbackPorts;
import io.freshet.schema.Topics;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import io.freshet.v1.RecommendReply;
import io.freshet.v1.RecommendRequest;
import io.freshet.v1.ScoringGrpc;
import io.freshet.v1.Subject;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Any tick's model can be built again from the log, with the published bits, and so can an answer served from it. */
class AuditIT {
    private static final long LAST_TICK = 6800000015L;
    private static final long REQUEST_TIME = 1_700_000_000_000L;

    @TempDir
    Path work;

    @Test
    void aTickAndAnAnswerCanBeBuiltAgain() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("kafka"), 0);
                Processes processes = new Processes(work)) {
            String servers = broker.bootstrapServers();
            processes.run("replay", "replay", "--bootstrap-servers", servers, "--events", "2000");
            String learner = work.resolve("learner").toString();
            processes.run("learn", "learn", "--bootstrap-servers", servers, "--work-dir", learner, "--bounded");

            RecommendReply served = served(processes, servers, learner);
            assertThat(served.getInfo().getTick()).isEqualTo(LAST_TICK);
            String again = processes.run(
                    "audit-last",
                    "audit",
                    "--bootstrap-servers",
                    servers,
                    "--work-dir",
                    learner,
                    "--tick",
                    Long.toString(LAST_TICK),
                    "--user",
                    "17841",
                    "--request-time",
                    Long.toString(REQUEST_TIME),
                    "-k",
                    "5");
            assertThat(again).contains("the model is what the log says", "from snapshot");
            List<String> expected = served.getItemsList().stream()
                    .map(item -> item.getItemId() + "  " + (float) item.getScore())
                    .toList();
            assertThat(again.lines()).containsAll(expected);

            String middle = processes.run(
                    "audit-middle",
                    "audit",
                    "--bootstrap-servers",
                    servers,
                    "--work-dir",
                    work.resolve("elsewhere").toString(),
                    "--tick",
                    Long.toString(LAST_TICK - 7));
            assertThat(middle).contains("from nothing", "the model is what the log says");

            Process other = processes.freshet(
                    "audit-other",
                    "audit",
                    "--bootstrap-servers",
                    servers,
                    "--work-dir",
                    work.resolve("elsewhere").toString(),
                    "--tick",
                    Long.toString(LAST_TICK - 7),
                    "--set",
                    "model.seed=1");
            assertThat(other.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(other.exitValue()).as("another seed is another model").isEqualTo(1);
            assertThat(processes.output("audit-other")).contains("the model is NOT what the log says");
        }
    }

    @Test
    void itReadsTheLogBehindTheSnapshotOnly() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(work.resolve("kafka"), 0);
                Processes processes = new Processes(work)) {
            String servers = broker.bootstrapServers();
            Path learner = work.resolve("learner");
            // The second replay begins with the first one's events again, which are duplicates. Its clock begins behind
            // the first one's last heartbeat, nine ticks behind where that began.
            long last = LAST_TICK + 9;
            for (String events : List.of("1000", "2000")) {
                processes.run(
                        "replay", "replay", "--bootstrap-servers", servers, "--partitions", "1", "--events", events);
                processes.run(
                        "learn",
                        "learn",
                        "--bootstrap-servers",
                        servers,
                        "--work-dir",
                        learner.toString(),
                        "--bounded");
            }
            long tick = last - 3;
            Manifest nearest = new SnapshotRepository(learner.resolve("snapshots"))
                    .list().stream()
                            .filter(manifest -> manifest.tick() <= tick)
                            .reduce((a, b) -> b)
                            .orElseThrow();
            long begin = nearest.frontier().get(0) + 1;
            assertThat(begin).isGreaterThan(1000);
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers))) {
                TopicPartition log = new TopicPartition(Topics.BEHAVIOUR, 0);
                long end = admin.listOffsets(Map.of(log, OffsetSpec.latest()))
                        .partitionResult(log)
                        .get()
                        .offset();
                admin.deleteRecords(Map.of(log, RecordsToDelete.beforeOffset(begin)))
                        .all()
                        .get();
                String output = audit(processes, servers, learner, tick, 0, "--incarnation", "2");
                assertThat(output).contains("the model is what the log says", "from snapshot " + nearest.id());
                Matcher read =
                        Pattern.compile("([0-9,]+) records of the log read").matcher(output);
                assertThat(read.find()).isTrue();
                assertThat(Long.parseLong(read.group(1).replace(",", ""))).isBetween(1L, end - begin);
                assertThat(audit(processes, servers, learner, tick, 1, "--incarnation", "1"))
                        .contains("learner 1 published no tick " + tick, "it is there from learner [2]");
                assertThat(audit(processes, servers, learner, last + 5, 1))
                        .contains("does not hold tick " + (last + 5), "to " + last);
                assertThat(audit(processes, servers, learner, 7, 1)).contains("does not hold tick 7;");
                admin.deleteRecords(Map.of(log, RecordsToDelete.beforeOffset(begin + 1)))
                        .all()
                        .get();
                assertThat(audit(processes, servers, learner, tick, 1))
                        .contains(
                                "has offsets " + (begin + 1) + " to",
                                "what follows tick " + nearest.tick() + " are offsets " + begin + " to",
                                "some were deleted");
            }
        }
    }

    private static String audit(
            Processes processes, String servers, Path learner, long tick, int expected, String... more)
            throws Exception {
        List<String> arguments = new ArrayList<>(List.of(
                "audit",
                "--bootstrap-servers",
                servers,
                "--work-dir",
                learner.toString(),
                "--tick",
                Long.toString(tick)));
        arguments.addAll(List.of(more));
        Process audit = processes.freshet("audit", arguments.toArray(new String[0]));
        assertThat(audit.waitFor(120, TimeUnit.SECONDS)).isTrue();
        String output = processes.output("audit");
        assertThat(audit.exitValue()).as(output).isEqualTo(expected);
        return output;
    }

    private RecommendReply served(Processes processes, String servers, String learner) throws Exception {
        int port = LoopbackPorts.free();
        processes.freshet(
                "scorer",
                "serve",
                "--bootstrap-servers",
                servers,
                "--repository",
                learner + "/snapshots",
                "--state-dir",
                work.resolve("scorer").toString(),
                "--port",
                Integer.toString(port),
                "--http-port",
                "0");
        ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .build();
        try {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (true) {
                try {
                    RecommendReply reply = ScoringGrpc.newBlockingStub(channel)
                            .withDeadlineAfter(5, TimeUnit.SECONDS)
                            .recommend(RecommendRequest.newBuilder()
                                    .setSubject(Subject.newBuilder().setUserId("17841"))
                                    .setRequestTimeMs(REQUEST_TIME)
                                    .setK(5)
                                    .build());
                    if (reply.getInfo().getTick() >= LAST_TICK || System.nanoTime() > deadline) {
                        return reply;
                    }
                } catch (StatusRuntimeException e) {
                    if (System.nanoTime() > deadline) {
                        throw e;
                    }
                }
                TimeUnit.MILLISECONDS.sleep(200);
            }
        } finally {
            channel.shutdownNow();
        }
    }
}
