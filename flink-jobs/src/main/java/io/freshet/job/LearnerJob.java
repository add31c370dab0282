package io.freshet.job;

import io.freshet.schema.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartitionInfo;

/** The topology: source, tick clock, learner, and the two topics that it writes. */
public final class LearnerJob {
    private LearnerJob() {}

    /**
     * Adds the learner's operators to an environment.
     *
     * @throws IllegalStateException if the environment would break exactly-once, or the topic cannot be read
     */
    public static void build(StreamExecutionEnvironment env, JobConfig config) {
        requireAligned(env);
        env.setParallelism(1);
        env.setMaxParallelism(JobConfig.KEY_GROUPS);
        List<Integer> partitions = partitions(config);
        Optional<StartingPoint> start = StartingPoint.of(config, partitions);
        KafkaSourceBuilder<RawRecord> source = KafkaSource.<RawRecord>builder()
                .setBootstrapServers(config.bootstrapServers())
                .setTopics(config.eventsTopic())
                .setProperties(properties(config))
                .setStartingOffsets(start.map(StartingPoint::offsets).orElse(OffsetsInitializer.earliest()))
                .setDeserializer(new RawRecordSchema());
        SingleOutputStreamOperator<TickedEvent> ticked = env.fromSource(
                        source.build(), WatermarkStrategy.noWatermarks(), "events")
                .uid("events")
                .transform(
                        "tick-clock",
                        TypeInformation.of(TickedEvent.class),
                        new TickAssigner(config, partitions, start.orElse(null)))
                .uid("tick-clock");
        ticked.getSideOutput(TickAssigner.REJECTED)
                .sinkTo(KafkaSink.<RejectedRecord>builder()
                        .setKafkaProducerConfig(properties(config))
                        .setBootstrapServers(config.bootstrapServers())
                        // A checkpoint waits for them; the connector's default would lose what is under way.
                        .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
                        .setRecordSerializer(
                                new DeadLetters(config.eventsTopic(), config.eventsTopic() + Topics.DEAD_LETTERS))
                        .build())
                .uid("dead-letters")
                .name("dead-letters");
        ticked.partitionCustom(new LanePartitioner(config.lanes()), event -> event.user)
                .transform("learner", TypeInformation.of(String.class), new LearnerOperatorFactory(config))
                .setParallelism(config.parallelism())
                .uid("learner")
                .sinkTo(KafkaSink.<String>builder()
                        .setKafkaProducerConfig(properties(config))
                        .setBootstrapServers(config.bootstrapServers())
                        .setRecordSerializer(KafkaRecordSerializationSchema.<String>builder()
                                .setTopic(config.qualityTopic())
                                .setValueSerializationSchema(new SimpleStringSchema())
                                .build())
                        .build())
                .uid("quality")
                .name("quality");
    }

    private static Properties properties(JobConfig config) {
        Properties properties = new Properties();
        properties.putAll(config.kafkaProperties());
        return properties;
    }

    private static void requireAligned(StreamExecutionEnvironment env) {
        if (env.getCheckpointConfig().isUnalignedCheckpointsEnabled()) {
            throw new IllegalStateException(
                    "execution.checkpointing.unaligned is on: the learner's subtasks would close"
                            + " different ticks at a barrier, and a restart would change the model; turn it off");
        }
    }

    private static List<Integer> partitions(JobConfig config) {
        try (Admin admin = Admin.create(config.kafka(Map.of()))) {
            List<Integer> partitions = new ArrayList<>();
            TopicDescription topic = admin.describeTopics(List.of(config.eventsTopic()))
                    .allTopicNames()
                    .get()
                    .get(config.eventsTopic());
            for (TopicPartitionInfo info : Objects.requireNonNull(topic).partitions()) {
                partitions.add(info.partition());
            }
            return partitions;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(
                    "interrupted while asking for the partitions of " + config.eventsTopic(), e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    "topic " + config.eventsTopic() + " at " + config.bootstrapServers() + " cannot be read: "
                            + e.getMessage() + "; create it, or correct events-topic and bootstrap-servers",
                    e.getCause());
        }
    }
}
