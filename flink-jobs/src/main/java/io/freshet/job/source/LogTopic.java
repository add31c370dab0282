package io.freshet.job.source;

import io.freshet.job.core.PermanentFailure;
import io.freshet.job.records.RawRecord;
import io.freshet.schema.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The topic of the log as the brokers have it now; asks them. */
public final class LogTopic implements LogPort, EndOffsetProbe.Topic, AutoCloseable {
    private static final long PATIENCE_SECONDS = 20;
    private static final int MOST_MISSING = 20;

    private final Admin admin;
    private final String name;
    private final String address;
    private volatile String id = "";
    /** Times in a row that there was no such topic. */
    private int missing;

    /** A record as Kafka's consumer has it. */
    public static RawRecord raw(ConsumerRecord<byte[], byte[]> record) {
        RawRecord raw = new RawRecord();
        raw.partition = record.partition();
        raw.offset = record.offset();
        raw.timestamp = record.timestamp();
        raw.key = record.key();
        raw.value = record.value();
        raw.heartbeat = record.value() == null && record.headers().lastHeader(Topics.HEARTBEAT) != null;
        return raw;
    }

    /** @param settings of a Kafka client */
    public LogTopic(Map<String, Object> settings, String name) {
        this.name = name;
        address = String.valueOf(settings.get("bootstrap.servers"));
        admin = Admin.create(settings);
    }

    @Override
    public String name() {
        return name;
    }

    /**
     * Describes the topic.
     *
     * @throws PermanentFailure if there is none
     * @throws IllegalStateException if the brokers do not answer
     */
    @Override
    public Description describe() {
        try {
            TopicDescription topic = admin.describeTopics(List.of(name))
                    .allTopicNames()
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .get(name);
            if (topic == null) {
                throw new IllegalStateException("the brokers at " + address + " said nothing about topic " + name);
            }
            Set<Integer> partitions = new TreeSet<>();
            topic.partitions().forEach(info -> partitions.add(info.partition()));
            return new Description(topic.topicId().toString(), partitions);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                throw new PermanentFailure("there is no topic " + name + " at " + address
                        + ": create it, or correct topics.events and kafka.bootstrap-servers");
            }
            throw unanswered(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking for topic " + name, e);
        } catch (TimeoutException e) {
            throw unanswered(e);
        }
    }

    private IllegalStateException unanswered(Exception e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return new IllegalStateException(
                "topic " + name + " at " + address + " cannot be asked for: " + cause.getMessage()
                        + "; correct topics.events and kafka.bootstrap-servers, or wait for the brokers",
                cause);
    }

    /** The topic is this one from now on; see {@link #requireSame}. */
    void expect(String topicId) {
        id = topicId;
    }

    @Override
    public void requireSame() {
        String now;
        try {
            now = describe().id();
            missing = 0;
        } catch (PermanentFailure e) {
            // One broker may not know the topic for a moment.
            if (++missing < MOST_MISSING) {
                throw new IllegalStateException(e.getMessage(), e);
            }
            throw e;
        }
        if (!id.isEmpty() && !now.equals(id)) {
            throw new PermanentFailure("topic " + name + " was made again while it was read: its id was " + id
                    + " and is " + now + ". Its offsets begin again; start.accept=other-topic goes on with it");
        }
    }

    @Override
    public Bounds bounds(Set<Integer> partitions) {
        return new Bounds(offsets(partitions, OffsetSpec.earliest()), offsets(partitions, OffsetSpec.latest()));
    }

    private Map<Integer, Long> offsets(Set<Integer> partitions, OffsetSpec spec) {
        Map<TopicPartition, OffsetSpec> request = new HashMap<>();
        partitions.forEach(partition -> request.put(new TopicPartition(name, partition), spec));
        try {
            Map<TopicPartition, ListOffsetsResultInfo> found =
                    admin.listOffsets(request).all().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            Map<Integer, Long> offsets = new TreeMap<>();
            found.forEach((partition, info) -> offsets.put(partition.partition(), info.offset()));
            return offsets;
        } catch (ExecutionException e) {
            throw unanswered(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking for the bounds of topic " + name, e);
        } catch (TimeoutException e) {
            throw unanswered(e);
        }
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(2));
    }
}
