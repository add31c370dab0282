package io.freshet.serving.follower;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * The feed in Kafka: a consumer reads it, an admin client asks about it every second, without waiting. Clients are made
 * when they are first needed, and made again after a failure.
 */
final class KafkaFeed implements FeedLog {
    private static final Duration POLL = Duration.ofMillis(50);
    private static final long ASK_EVERY_MILLIS = 1_000;
    private static final int ANSWER_WITHIN_MILLIS = 4_000;

    /** Questions under way. */
    private record Asked(
            long atMillis,
            KafkaFuture<TopicDescription> topic,
            KafkaFuture<ListOffsetsResultInfo> begin,
            KafkaFuture<ListOffsetsResultInfo> end) {
        boolean answered() {
            return topic.isDone() && (topic.isCompletedExceptionally() || begin.isDone() && end.isDone());
        }
    }

    private final FollowerConfig config;
    private final TopicPartition partition;
    private final LongSupplier nowMillis;
    /** Reads frames, {@code [bytes]}; keys are none. */
    private @Nullable KafkaConsumer<byte[], byte[]> consumer;

    private @Nullable Admin admin;
    private @Nullable Asked asked;
    private long askedAt = Long.MIN_VALUE / 2;
    private Reach reach = Reach.NONE;

    KafkaFeed(FollowerConfig config, LongSupplier nowMillis) {
        this.config = config;
        this.nowMillis = nowMillis;
        partition = new TopicPartition(config.changesTopic(), 0);
    }

    /** What the clients are made with: ours, then the configured, then what following depends on. */
    static Map<String, Object> settings(FollowerConfig config) {
        Map<String, Object> all = new HashMap<>(Map.of(
                "fetch.max.wait.ms", "50",
                "max.partition.fetch.bytes", "8388608",
                "client.id", "freshet-follower"));
        all.putAll(config.kafka());
        all.put("bootstrap.servers", config.bootstrapServers());
        all.put("auto.offset.reset", "none");
        all.put("enable.auto.commit", "false");
        all.put("allow.auto.create.topics", "false");
        return all;
    }

    @Override
    public String name() {
        return config.bootstrapServers() + " (topic " + config.changesTopic() + ")";
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        KafkaConsumer<byte[], byte[]> open = consumer;
        if (open == null) {
            open = new KafkaConsumer<>(settings(config), new ByteArrayDeserializer(), new ByteArrayDeserializer());
            open.assign(List.of(partition));
            consumer = open;
        }
        if (admin == null) {
            Map<String, Object> settings = settings(config);
            settings.keySet()
                    .removeAll(List.of(
                            "fetch.max.wait.ms",
                            "max.partition.fetch.bytes",
                            "auto.offset.reset",
                            "enable.auto.commit",
                            "allow.auto.create.topics"));
            admin = Admin.create(settings);
        }
        return open;
    }

    @Override
    public void seek(long offset) {
        consumer().seek(partition, offset);
    }

    @Override
    public List<Entry> poll() {
        List<Entry> all = new ArrayList<>();
        try {
            for (ConsumerRecord<byte[], byte[]> record : consumer().poll(POLL)) {
                // A record without a value is no frame, and refused as one.
                all.add(new Entry(record.offset(), record.value() == null ? new byte[0] : record.value()));
            }
        } catch (OffsetOutOfRangeException e) {
            throw new Lost("offset " + e.offsetOutOfRangePartitions().get(partition) + " is not in the feed at "
                    + name() + ", which has " + reach.begin() + " to " + reach.end());
        }
        return all;
    }

    @Override
    public Reach reach() {
        Asked open = asked;
        if (open != null && open.answered()) {
            asked = null;
            reach = answer(open);
        }
        long now = nowMillis.getAsLong();
        if (asked == null && admin != null && now - askedAt >= ASK_EVERY_MILLIS) {
            askedAt = now;
            asked = ask(admin, now);
        }
        return reach;
    }

    private Asked ask(Admin client, long now) {
        DescribeTopicsOptions describe = new DescribeTopicsOptions().timeoutMs(ANSWER_WITHIN_MILLIS);
        ListOffsetsOptions offsets = new ListOffsetsOptions().timeoutMs(ANSWER_WITHIN_MILLIS);
        String topic = partition.topic();
        return new Asked(
                now,
                // Who asks for a name gets an answer to come for it.
                Objects.requireNonNull(client.describeTopics(List.of(topic), describe)
                        .topicNameValues()
                        .get(topic)),
                client.listOffsets(Map.of(partition, OffsetSpec.earliest()), offsets)
                        .partitionResult(partition),
                client.listOffsets(Map.of(partition, OffsetSpec.latest()), offsets)
                        .partitionResult(partition));
    }

    private Reach answer(Asked done) {
        try {
            String id = done.topic().getNow(null).topicId().toString();
            long begin = done.begin().getNow(null).offset();
            long end = done.end().getNow(null).offset();
            return new Reach(done.atMillis(), begin, end, id, "");
        } catch (CompletionException | ExecutionException | InterruptedException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof UnknownTopicOrPartitionException) {
                return new Reach(
                        done.atMillis(),
                        reach.begin(),
                        reach.end(),
                        reach.topic(),
                        "there is no topic " + partition.topic());
            }
            String why =
                    cause instanceof TimeoutException ? "no broker answers there" : String.valueOf(cause.getMessage());
            return new Reach(reach.reachedAtMillis(), reach.begin(), reach.end(), reach.topic(), why);
        }
    }

    @Override
    public void close() {
        if (admin != null) {
            admin.close(Duration.ZERO);
            admin = null;
        }
        if (consumer != null) {
            consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
            consumer = null;
        }
    }
}
