package io.freshet.endtoend.field;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.local.LoopbackPorts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** A {@code freshet learn} and what it reports: started, stopped and started again on one work directory. */
final class FieldLearner {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Field field;
    private final Map<String, String> settings = new TreeMap<>();
    private final List<String> flags = new ArrayList<>();
    private final String changes;
    private final KafkaConsumer<String, String> reports;
    private String topic;
    private Path work;
    private int port;
    private long events;
    private long tick = -1;
    private FieldCommand command;
    private boolean learns;

    FieldLearner(Field field, String topic) throws Exception {
        this.field = field;
        this.topic = topic;
        work = field.work().resolve(field.unique("learner"));
        changes = field.unique("changes");
        String quality = field.unique("quality");
        // Most rows are not about what is learned: a model that costs next to nothing.
        settings.putAll(Map.of("model.layers", "1", "model.width", "16", "model.window", "32", "model.context", "16"));
        settings.put("topics.changes", changes);
        settings.put("topics.quality", quality);
        field.admin()
                .createTopics(List.of(new NewTopic(quality, 1, (short) 1)))
                .all()
                .get();
        reports = field.closing(new KafkaConsumer<>(
                Map.of("bootstrap.servers", field.servers()), new StringDeserializer(), new StringDeserializer()));
        TopicPartition only = new TopicPartition(quality, 0);
        reports.assign(List.of(only));
        reports.seekToBeginning(List.of(only));
    }

    /** A key of the configuration, from the next start on. */
    FieldLearner set(String key, String value) {
        settings.put(key, value);
        return this;
    }

    /** The model as it is by default, for what is about its answers. */
    FieldLearner withWholeModel() {
        settings.keySet().removeIf(key -> key.startsWith("model."));
        return this;
    }

    /** A flag, from the next start on. */
    FieldLearner flag(String... flag) {
        flags.addAll(List.of(flag));
        return this;
    }

    /** Another log, from the next start on. */
    FieldLearner of(FieldLog log) {
        topic = log.topic();
        return this;
    }

    /** Another work directory, from the next start on. */
    FieldLearner in(Path directory) {
        work = directory;
        return this;
    }

    /** The feed of another learner, from the next start on. */
    FieldLearner onFeedOf(FieldLearner other) {
        return set("topics.changes", other.changes);
    }

    Path work() {
        return work;
    }

    Path repository() {
        return work.resolve("snapshots");
    }

    String changes() {
        return settings.get("topics.changes");
    }

    /** Starts it. */
    FieldLearner start() throws IOException {
        command = field.freshet(arguments().toArray(String[]::new));
        learns = false;
        return this;
    }

    /** Starts it with a scorer inside; that scorer. */
    FieldScoring startScoring() throws IOException {
        port = LoopbackPorts.free();
        start();
        return field.closing(new FieldScoring(port));
    }

    /** Starts it to end when the log as it is now is learned; not awaited. */
    FieldCommand startBounded() throws IOException {
        List<String> bounded = arguments();
        bounded.add("--bounded");
        command = field.freshet(bounded.toArray(String[]::new));
        return command;
    }

    /** Learns the log as it is now; fails unless it ends well in time. */
    FieldLearner bounded() throws Exception {
        startBounded().succeeded();
        return this;
    }

    private List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of("learn", "--bootstrap-servers", field.servers()));
        arguments.addAll(List.of("--topic", topic, "--work-dir", work.toString(), "--checkpoint-interval", "700"));
        if (port != 0) {
            arguments.addAll(List.of("--scoring-port", Integer.toString(port)));
        }
        settings.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
        arguments.addAll(flags);
        return arguments;
    }

    /** What was started last. */
    FieldCommand command() {
        return command;
    }

    /** Events learned from, in all, by the last report. */
    long events() {
        read();
        return events;
    }

    /** Tick of the last report; -1 before the first. */
    long tick() {
        read();
        return tick;
    }

    private void read() {
        try {
            for (ConsumerRecord<String, String> record : reports.poll(Duration.ofMillis(50))) {
                JsonNode report = JSON.readTree(record.value());
                events = report.path("events").asLong(events);
                tick = report.path("tick").asLong(tick);
            }
        } catch (IOException e) {
            throw new AssertionError("a report cannot be read: " + e.getMessage(), e);
        }
    }

    /** Waits until so many events are learned from, in all; the first time it may also have to start. */
    FieldLearner awaitEvents(long count) throws Exception {
        Waiting.of(count + " events learned", learns ? Waiting.PATIENCE : 2 * Waiting.PATIENCE)
                .whileRuns(command)
                .until(this::events, seen -> seen >= count);
        learns = true;
        return this;
    }

    /** Fails unless exactly so many events have been learned from, in all. */
    FieldLearner learned(long count) throws Exception {
        // What was learned was reported before it was committed, so the report is there or will be in a moment.
        Waiting.of("exactly " + count + " events learned", 3).on(command).until(this::events, seen -> seen == count);
        return this;
    }
}
