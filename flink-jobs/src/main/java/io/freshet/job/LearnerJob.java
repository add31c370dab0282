package io.freshet.job;

import io.freshet.job.config.JobConfig;
import io.freshet.job.config.StoreConfig;
import io.freshet.job.records.DeadLetters;
import io.freshet.job.records.RejectedRecord;
import io.freshet.job.records.TickedEvent;
import io.freshet.job.source.EventLogSource;
import io.freshet.job.source.LogStart;
import io.freshet.job.source.LogTopic;
import io.freshet.job.source.StartingPoint;
import io.freshet.job.source.TickMarks;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

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
        LearnerWorkplace.requireFree(config);
        env.setParallelism(1);
        env.setMaxParallelism(StoreConfig.KEY_GROUPS);
        // Nobody changes an element that was handed on.
        env.getConfig().enableObjectReuse();
        LogStart start = start(config);
        SingleOutputStreamOperator<TickedEvent> ticked = env.fromSource(
                        new EventLogSource(config, start), WatermarkStrategy.noWatermarks(), "events")
                .uid("events")
                .transform("tick-clock", TypeInformation.of(TickedEvent.class), new TickMarks())
                .uid("tick-clock");
        SingleOutputStreamOperator<String> reports = ticked.partitionCustom(
                        new LanePartitioner(config.store().keyGroups()), event -> event.user)
                .transform(
                        "learner",
                        TypeInformation.of(String.class),
                        new LearnerOperatorFactory(config, start.topicId()))
                .setParallelism(config.parallelism())
                .uid("learner");
        ticked.getSideOutput(TickMarks.REJECTED)
                .union(reports.getSideOutput(LearnerOperator.REFUSED))
                .sinkTo(KafkaSink.<RejectedRecord>builder()
                        .setKafkaProducerConfig(properties(config))
                        .setBootstrapServers(config.kafka().bootstrapServers())
                        // A checkpoint waits for them; the connector's default would lose what is under way.
                        .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
                        .setRecordSerializer(new DeadLetters(
                                config.topics().events(),
                                config.topics().deadLetters(),
                                config.decoding().deadLetterBytes()))
                        .build())
                .uid("dead-letters")
                .name("dead-letters");
        reports.sinkTo(KafkaSink.<String>builder()
                        .setKafkaProducerConfig(properties(config))
                        .setBootstrapServers(config.kafka().bootstrapServers())
                        .setRecordSerializer(KafkaRecordSerializationSchema.<String>builder()
                                .setTopic(config.topics().quality())
                                .setValueSerializationSchema(new SimpleStringSchema())
                                .build())
                        .build())
                .uid("quality")
                .name("quality");
    }

    private static Properties properties(JobConfig config) {
        Properties properties = new Properties();
        properties.putAll(config.kafka().properties());
        return properties;
    }

    private static void requireAligned(StreamExecutionEnvironment env) {
        if (env.getCheckpointConfig().isUnalignedCheckpointsEnabled()) {
            throw new IllegalStateException(
                    "execution.checkpointing.unaligned is on: the learner's subtasks would close"
                            + " different ticks at a barrier, and a restart would change the model; turn it off");
        }
    }

    /** The log as it is now, and where it is read from if a rollback says so. */
    private static LogStart start(JobConfig config) {
        try (LogTopic topic =
                new LogTopic(config.kafka().client(Map.of()), config.topics().events())) {
            LogTopic.Description now = topic.describe();
            Optional<StartingPoint> point = StartingPoint.of(config, topic, now);
            return new LogStart(
                    config.topics().events(),
                    now.id(),
                    now.partitions(),
                    point.map(StartingPoint::next).orElse(Map.of()),
                    point.map(StartingPoint::tick).orElse(-1L));
        }
    }
}
