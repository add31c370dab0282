package io.freshet.endtoend.field;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.local.LoopbackPorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;

/** Field rows of operating it: every command ends and speaks, probes answer, and what is said is so. */
@ExtendWith(FieldBroker.class)
@TestInstance(Lifecycle.PER_CLASS)
class OperatingIT {
    /** A place where nothing listens. */
    private static final String NOWHERE = "127.0.0.1:1";

    private FieldLog log;
    private FieldLearner learner;
    private FieldScorer scorer;
    private String learnerSaid = "";

    /** A learner that has learned, a scorer that follows it, and what a learner at work prints in ten seconds. */
    @BeforeAll
    void start(Field field) throws Exception {
        log = field.log(1);
        learner = field.learner(log);
        log.put(0, "first", 50);
        log.to(0).raw(List.of("no event".getBytes(StandardCharsets.UTF_8)));
        FieldTraffic traffic = log.traffic(20, 0);
        learner.start().awaitEvents(100);
        scorer = FieldScorer.start(field, learner, field.work().resolve("scorer"))
                .awaitItem("i1");
        // At least five seconds at work are over then: they are what the traffic has lasted since.
        long sent = traffic.sent();
        Waiting.of("six seconds of traffic").until(traffic::sent, now -> now >= sent + 120);
        traffic.stop();
        learnerSaid = learner.command().output();
    }

    /** Row "learn at work". f242271: prints nothing. */
    @Test
    void aLearnerAtWorkSaysHowItIs() {
        assertThat(learnerSaid).as(learner.command()::story).containsPattern("(?i)tick");
        assertThat(learnerSaid).containsPattern("(?i)\\d ?(events?)?/s\\b|events (a|per) second");
        assertThat(learnerSaid).containsPattern("(?i)rejected|dead letter").containsPattern("unknown-format");
    }

    /** Row "serve against something that is no Kafka". f242271: says FOLLOWING, and is ready. */
    @Test
    void aScorerThatDoesNotReachTheFeedSaysSoAndIsNotReady(Field field) throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String noKafka = "127.0.0.1:" + mute.getLocalPort();
            FieldScorer alone =
                    FieldScorer.start(field, noKafka, learner, field.work().resolve("alone"));
            FieldCommand command = alone.command();
            String unreached = "reach|unreachable|no (kafka )?broker|no answer|not connected";
            Waiting.of("a word that the feed is not reached")
                    .on(command)
                    .until(
                            command::output,
                            said -> Pattern.compile(unreached, Pattern.CASE_INSENSITIVE)
                                    .matcher(said)
                                    .find());
            command.printed(noKafka.replace(".", "[.]"));
            assertThat(command.output()).as(command::story).doesNotContain("FOLLOWING");
            // With nothing to serve it may end instead of waiting.
            if (command.isAlive()) {
                int ready = Waiting.of("an answer of /readyz, or the end")
                        .on(command)
                        .until(() -> command.isAlive() ? alone.get("/readyz").statusCode() : 503, code -> code > 0);
                assertThat(ready).as("/readyz").isEqualTo(503);
            }
        }
    }

    /** Row "four slow HTTP clients". f242271: all probes stand. */
    @Test
    void probesDoNotWaitForSlowClients(Field field) throws Exception {
        for (int client = 0; client < 8; client++) {
            Socket slow = field.closing(new Socket(InetAddress.getLoopbackAddress(), scorer.httpPort()));
            String head = "POST /v1/recommend HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{";
            slow.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            slow.getOutputStream().flush();
        }
        probesAnswer();
    }

    /** The same row: calls that wait for what is not learned yet. f242271: all probes stand. */
    @Test
    void probesDoNotWaitForWaitingCalls() throws Exception {
        String waiting = "{\"k\":1,\"min_freshness\":{\"offsets\":{\"0\":\"1000000\"},\"mode\":\"WAIT\"}}";
        ExecutorService callers = Executors.newCachedThreadPool();
        List<CompletableFuture<Void>> calls = new ArrayList<>();
        for (int call = 0; call < 24; call++) {
            calls.add(CompletableFuture.runAsync(() -> post(waiting), callers));
        }
        try {
            probesAnswer();
        } finally {
            // They end by themselves: the client gives up after a few seconds.
            CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)).join();
            callers.shutdown();
        }
    }

    private void post(String json) {
        try {
            scorer.post("/v1/recommend", json);
        } catch (Exception e) {
            // It waits for what never comes; what matters is who else has to.
            assertThat(e).isInstanceOf(IOException.class);
        }
    }

    private void probesAnswer() throws Exception {
        for (String probe : List.of("/livez", "/readyz", "/metrics")) {
            HttpResponse<String> answer = Waiting.of("an answer of " + probe, 6)
                    .on(scorer.command())
                    .until(() -> scorer.get(probe), reply -> reply != null);
            assertThat(answer.statusCode()).as(probe).isEqualTo(200);
        }
    }

    /** Row "learn --bounded": a failed job is reported with its own cause. f242271: "a cluster that is not running". */
    @Test
    void aBoundedJobThatFailsSaysItsOwnCause(Field field) throws Exception {
        FieldLog dirty = field.log(1);
        dirty.put(0, "good", 5);
        dirty.to(0).raw(List.of("no event".getBytes(StandardCharsets.UTF_8)));
        field.learner(dirty)
                .set("bad-records", "fail")
                .startBounded()
                .failed(dirty.topic(), "\\b5\\b", "unknown-format");
    }

    /** Row "a broker or topic that is not there". f242271: silence; validate exits 0. */
    @Test
    void whatIsNotThereIsSaidAtOnce(Field field) throws Exception {
        String work = field.work().resolve("none").toString();
        String absent = field.unique("absent");
        FieldCommand validate =
                field.freshet("events", "validate", "--bootstrap-servers", field.servers(), "--topic", absent);
        FieldCommand noTopic = field.freshet(
                "learn", "--bootstrap-servers", field.servers(), "--topic", absent, "--work-dir", work, "--bounded");
        FieldCommand learn = field.freshet("learn", "--bootstrap-servers", NOWHERE, "--work-dir", work + "2");
        FieldCommand replay = field.freshet("replay", "--bootstrap-servers", NOWHERE, "--events", "10");
        FieldCommand events = field.freshet("events", "validate", "--bootstrap-servers", NOWHERE, "--topic", absent);
        SoftAssertions all = new SoftAssertions();
        for (FieldCommand run : List.of(validate, noTopic)) {
            all.assertThatCode(() -> run.failed(absent)).doesNotThrowAnyException();
        }
        for (FieldCommand run : List.of(learn, replay, events)) {
            all.assertThatCode(() -> run.failed(NOWHERE)).doesNotThrowAnyException();
        }
        all.assertAll();
    }

    /** Row "replay --rate 50". f242271: 100 events make 0.2 s of log time, and help shows no defaults. */
    @Test
    void aReplaysTimeFollowsItsRate(Field field) throws Exception {
        FieldLog slow = field.log(1);
        FieldCommand replay = field.freshet(
                "replay",
                "--bootstrap-servers",
                field.servers(),
                "--topic",
                slow.topic(),
                "--partitions",
                "1",
                "--rate",
                "50",
                "--events",
                "100");
        FieldCommand help = field.freshet("replay", "--help");
        FieldCommand learnHelp = field.freshet("learn", "--help");
        replay.succeeded();
        List<Long> times = slow.records().stream()
                .filter(record -> record.value() != null)
                .map(ConsumerRecord::timestamp)
                .toList();
        assertThat(times.get(99) - times.get(0))
                .as("ms of log time of 100 events at 50 a second")
                .isBetween(1900L, 2100L);
        help.succeeded("default:?\\s+2\\b", "127\\.0\\.0\\.1:9092");
        learnHelp.succeeded("default:?\\s+(10000|10 s)\\b");
    }

    /** Row "answers in JSON". f242271: absent false, 0 and empty lists. */
    @Test
    void jsonHasItsZerosAndEmptyLists(Field field) throws Exception {
        ObjectMapper json = new ObjectMapper();
        JsonNode reply = json.readTree(
                scorer.post("/v1/score", "{\"subject\":{\"user_id\":\"u1\"},\"items\":[\"i1\",\"nothing\"]}")
                        .body());
        assertThat(reply.at("/scores/0/known").asText()).isEqualTo("true");
        assertThat(reply.at("/scores/1/known").asText())
                .as("of an unknown item")
                .isEqualTo("false");
        assertThat(reply.at("/info").has("degraded"))
                .as("info.degraded of %s", reply)
                .isTrue();
        assertThat(reply.at("/info").has("request_id"))
                .as("info.request_id of %s", reply)
                .isTrue();
        JsonNode none = json.readTree(
                scorer.post("/v1/similar", "{\"item_id\":\"nothing\",\"k\":3}").body());
        assertThat(none.at("/items").isArray()).as("items of %s", none).isTrue();
        assertThat(field.work()).exists();
    }

    /** Row "Kafka settings": each command takes them, here from the environment. f242271: the job's source does. */
    @Test
    void kafkaSettingsReachEveryClient(Field field) throws Exception {
        try (SecuredBroker secured = SecuredBroker.start(field.work().resolve("secured"))) {
            Map<String, String> credentials = secured.environment();
            String[] to = {"--bootstrap-servers", secured.servers(), "--topic", "secured"};
            String work = field.work().resolve("secured-learner").toString();
            FieldCommand replay =
                    field.freshet(credentials, with(to, "replay", "--partitions", "1", "--events", "200"));
            replay.succeeded("sent 200 ");
            FieldCommand validate = field.freshet(credentials, with(to, "events", "validate"));
            FieldCommand learn = field.freshet(
                    credentials, with(to, "learn", "--work-dir", work, "--checkpoint-interval", "700", "--bounded"));
            validate.succeeded("\\b200 +accepted");
            learn.succeeded();
            int port = LoopbackPorts.free();
            FieldCommand serve = field.freshet(
                    credentials,
                    "serve",
                    "--bootstrap-servers",
                    secured.servers(),
                    "--repository",
                    work + "/snapshots",
                    "--state-dir",
                    work + "-scorer",
                    "--port",
                    Integer.toString(port),
                    "--http-port",
                    "0");
            serve.awaitPrinted("FOLLOWING at tick [1-9]", Waiting.PATIENCE);
        }
    }

    private static String[] with(String[] more, String... first) {
        return Stream.concat(Arrays.stream(first), Arrays.stream(more)).toArray(String[]::new);
    }
}
