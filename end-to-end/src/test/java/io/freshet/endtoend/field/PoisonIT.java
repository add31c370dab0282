package io.freshet.endtoend.field;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Field rows of poison and edges: what cannot be taken is named and counted, and never holds what can. */
@ExtendWith(FieldBroker.class)
class PoisonIT {
    private static final String RATINGS_HEADER = "userId,movieId,rating,timestamp\n";
    /** What a file that gives no events must be answered with: how much was read, and what was wrong with it. */
    private static final String[] COUNTS = {"\\d lines?\\b", "malformed|no event|nothing"};

    /** Row "a rejected record that the dead letters cannot hold". f242271: the job restarts for ever, silently. */
    @Test
    void rejectedRecordsOfAnySizeDoNotHoldThoseBehindThem(Field field) throws Exception {
        FieldLog log = field.log(1);
        byte[] letters = new byte[3_000_000];
        Arrays.fill(letters, (byte) 'x');
        byte[] framed = letters.clone();
        framed[0] = 0;
        byte[] event = ("{\"event_id\":\"big\",\"item_id\":\"" + "i".repeat(2_000_000) + "\"}")
                .getBytes(StandardCharsets.UTF_8);
        // As much as the broker takes at all: with the headers of a dead letter it is more than that.
        byte[] limit = new byte[1_048_400];
        new SplittableRandom(1).nextBytes(limit);
        int good = 0;
        for (byte[] poison : List.of(letters, framed, event)) {
            log.put(0, "good" + good + "-", 5);
            log.to(0).packed().raw(List.of(poison));
            good += 5;
        }
        log.to(0).large().raw(List.of(limit));
        log.put(0, "last", 5);
        int all = good + 5;
        FieldLearner learner = field.learner(log).start();
        FieldCommand command = learner.command();
        Waiting.of(all + " events learned, or a final stop")
                .on(command)
                .until(() -> command.isAlive() ? learner.events() : Long.MAX_VALUE, seen -> seen >= all);
        if (!command.isAlive()) {
            command.failed(log.topic(), "partition 0\\b|-0\\b", "\\b5\\b", "3000000|too large|size");
            return;
        }
        Waiting.of("four dead letters").whileRuns(command).until(log::deadLetters, dead -> dead.size() == 4);
        List<byte[]> poisons = List.of(letters, framed, event, limit);
        List<ConsumerRecord<byte[], byte[]>> dead = log.deadLetters();
        for (int n = 0; n < poisons.size(); n++) {
            byte[] kept = dead.get(n).value();
            String headers = headers(dead.get(n));
            assertThat(headers).contains("reason").contains("offset");
            if (kept == null) {
                assertThat(headers)
                        .as("a dead letter without its value")
                        .contains(Integer.toString(poisons.get(n).length));
            } else {
                assertThat(kept).as("a value that was kept").isEqualTo(poisons.get(n));
            }
        }
    }

    private static String headers(ConsumerRecord<byte[], byte[]> record) {
        return Arrays.stream(record.headers().toArray()).map(PoisonIT::text).collect(Collectors.joining("\n"));
    }

    private static String text(Header header) {
        return header.key() + "=" + new String(header.value(), StandardCharsets.ISO_8859_1);
    }

    /** Row "a permanent error" and, of "learn --bounded", a changed layer count. f242271: restarts for ever. */
    @Test
    void whatCannotChangeOverAStateIsRefusedAtOnceWithBothValues(Field field) throws Exception {
        FieldLog log = field.log(1);
        log.put(0, "first", 30);
        FieldLearner learner = field.learner(log).bounded().learned(30);
        log.put(0, "second", 10);
        Map<String, List<String>> changes = new LinkedHashMap<>();
        changes.put("store.history-length", List.of("200", "100"));
        changes.put("model.width", List.of("16", "32"));
        changes.put("model.layers", List.of("1", "2"));
        changes.put("store.lanes", List.of("8", "4"));
        changes.put("model.seed", List.of("20170601", "7"));
        SoftAssertions all = new SoftAssertions();
        for (Map.Entry<String, List<String>> change : changes.entrySet()) {
            String old = change.getValue().get(0);
            String wanted = change.getValue().get(1);
            FieldCommand run = learner.set(change.getKey(), wanted).startBounded();
            learner.set(change.getKey(), old);
            String key = change.getKey().substring(change.getKey().indexOf('.') + 1);
            all.assertThatCode(() -> run.failed(
                            key.replace("-", "[- ]"),
                            "\\b" + old + "\\b",
                            "\\b" + wanted + "\\b",
                            FieldCommand.WAY_OUT))
                    .as(change.getKey())
                    .doesNotThrowAnyException();
            run.kill();
        }
        all.assertAll();
        learner.bounded().learned(40);
    }

    /** Row "a file that gives no events". f242271: evaluate and replay exit 0; temporal throws an index. */
    @Test
    void aFileThatGivesNoEventsIsAnErrorWithCounts(Field field) throws Exception {
        String empty = field.file("empty.csv", RATINGS_HEADER).toString();
        String tabs = field.file("u.data", "196\t242\t3\t881250949\n186\t302\t3\t891717742\n")
                .toString();
        List<FieldCommand> runs = new ArrayList<>();
        for (String path : List.of(empty, tabs)) {
            runs.add(evaluate(field, path, "leave-one-out"));
        }
        runs.add(evaluate(field, empty, "temporal"));
        runs.add(evaluate(field, empty, "prequential"));
        runs.add(replayRatings(field, field.log(2), tabs));
        SoftAssertions all = new SoftAssertions();
        for (FieldCommand run : runs) {
            all.assertThatCode(() -> run.failed(COUNTS)).doesNotThrowAnyException();
        }
        all.assertAll();
    }

    private static FieldCommand evaluate(Field field, String path, String protocol) throws Exception {
        List<String> all = new ArrayList<>(
                List.of("evaluate", "--dataset", "ml-latest-small", "--path", path, "--protocol", protocol));
        if (!protocol.equals("prequential")) {
            all.addAll(List.of("--models", "small", "--epochs", "1"));
        }
        return field.freshet(all.toArray(new String[0]));
    }

    private static FieldCommand replayRatings(Field field, FieldLog log, String path) throws Exception {
        return field.freshet(
                "replay",
                "--bootstrap-servers",
                field.servers(),
                "--topic",
                log.topic(),
                "--partitions",
                "2",
                "--dataset",
                "ml-latest-small",
                "--path",
                path);
    }

    private static Path zipped(Field field) throws Exception {
        Path file = field.work().resolve("ratings.csv");
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry("ratings.csv"));
            zip.write((RATINGS_HEADER + "1,2,3.5,1112486027\n1,3,3.5,1112486028\n").getBytes(StandardCharsets.UTF_8));
            zip.closeEntry();
        }
        return file;
    }

    /** The same row: quoted fields, and a zip. f242271: all lines are malformed; it says that 0 were sent, exit 0. */
    @Test
    void quotedFieldsAndZipsAreReadOrRefused(Field field) throws Exception {
        String quoted = field.file(
                        "quoted.csv",
                        "\"userId\",\"movieId\",\"rating\",\"timestamp\"\n" + "\"1\",\"2\",\"3.5\",\"1112486027\"\n"
                                + "\"1\",\"3\",\"3.5\",\"1112486028\"\n")
                .toString();
        for (String path : List.of(quoted, zipped(field).toString())) {
            FieldLog log = field.log(2);
            FieldCommand run = replayRatings(field, log, path);
            if (run.awaitEnd(Waiting.PATIENCE) == 0) {
                run.printed("sent 2 ");
                assertThat(subjects(log)).containsExactly("1", "1");
            } else {
                run.failed("malformed|zip|quote");
            }
        }
    }

    /** Keys of the events of a log: the users. */
    private static List<String> subjects(FieldLog log) {
        return log.records().stream()
                .filter(record -> record.value() != null)
                .map(record -> new String(record.key(), StandardCharsets.UTF_8))
                .toList();
    }

    /** The same row for the demo. f242271: waits for ever. */
    @Test
    void theDemoRefusesAFileThatGivesNoEvents(Field field) throws Exception {
        demo(field, field.file("empty.csv", RATINGS_HEADER), 10).failed(COUNTS);
    }

    /** Row "some events rejected in demo". f242271: never ends. */
    @Test
    void theDemoEndsThoughSomeEventsAreRejected(Field field) throws Exception {
        Path some = field.file(
                "ratings.csv", RATINGS_HEADER + "1,10,4.0,1112486027\n2,,4.0,1112486028\n3,11,4.0,1112486029\n");
        FieldCommand run = demo(field, some, 3);
        assertThat(run.awaitEnd(2 * Waiting.PATIENCE)).as(run::story).isZero();
        run.printed("reject|malformed|left out");
    }

    private static FieldCommand demo(Field field, Path file, int events) throws Exception {
        return field.freshet(
                "demo",
                "--dataset",
                "ml-latest-small",
                "--path",
                file.toString(),
                "--events",
                Integer.toString(events),
                "--live",
                "0",
                "--port",
                "0",
                "--http-port",
                "0");
    }

    /** Row "bytes that are not UTF-8". f242271: "Input length = 1" and nothing else. */
    @Test
    void badBytesAreNamedByLineAndCounted(Field field) throws Exception {
        String good = FieldEvent.click("good", 1).json();
        Path file = field.work().resolve("events.jsonl");
        byte[] bad = good.replace("i1", "caf\u00e9").getBytes(StandardCharsets.ISO_8859_1);
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write((good + "\n").getBytes(StandardCharsets.UTF_8));
            out.write(bad);
            out.write(("\n" + good + "\n").getBytes(StandardCharsets.UTF_8));
        }
        Path wide = field.work().resolve("wide.jsonl");
        Files.write(wide, (good + "\n" + good + "\n").getBytes(StandardCharsets.UTF_16));
        FieldCommand one = field.freshet("events", "validate", file.toString());
        FieldCommand other = field.freshet("events", "validate", wide.toString());
        one.failed("line 2\\b", "\\b2 +accepted", "\\b1 +rejected");
        // It says itself in its first bytes what it is.
        if (other.awaitEnd(Waiting.PATIENCE) == 0) {
            other.printed("\\b2 +accepted");
        } else {
            other.failed("line 1\\b", "UTF-16|UTF-8");
        }
    }

    /** Row "columns that are not there". f242271: nothing, silently. */
    @Test
    void columnsThatAreNotThereAreNamed(Field field) throws Exception {
        Path behaviors = field.file(
                "behaviors.tsv",
                "1\tU1\t11/15/2019 9:55:12 AM\tN1 N2\tN3 N4\n2\tU2\t11/15/2019 9:56:12 AM\tN1 N2\tN3 N4\n");
        Path shuffled = field.file(
                "shuffled.csv", "movieId,userId,rating,timestamp\n10,1,4.0,1112486027\n11,1,4.0,1112486028\n");
        FieldCommand labels = field.freshet(
                "replay",
                "--bootstrap-servers",
                field.servers(),
                "--topic",
                field.log(2).topic(),
                "--dataset",
                "mind",
                "--path",
                behaviors.toString());
        FieldLog read = field.log(2);
        FieldCommand columns = replayRatings(field, read, shuffled.toString());
        labels.failed("label|-1\\b|clicks?|column", "N3|expected|wanted");
        // Columns that have names may be found by them.
        if (columns.awaitEnd(Waiting.PATIENCE) == 0) {
            assertThat(subjects(read)).as("users").containsExactly("1", "1");
        } else {
            columns.failed("movieId", "userId", "expected|wanted");
        }
    }
}
