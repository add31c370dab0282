package io.freshet.job.source;

import io.freshet.job.config.JobConfig;
import io.freshet.job.core.PermanentFailure;
import io.freshet.job.records.LogElement;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.jspecify.annotations.Nullable;

/**
 * The log as ticked events and watermarks. Read by one reader, since one clock closes ticks. Transactions are respected
 * unless {@code kafka.properties} say otherwise ({@code isolation.level}).
 *
 * <p>Unlike Flink's Kafka source it knows its position behind control records, aborted transactions and gaps, refuses a
 * topic that was made again and a log that was cut, and pauses partitions that run ahead of the clock.
 */
public final class EventLogSource
        implements Source<LogElement, LogSplit, AssignedPartitions>, ResultTypeQueryable<LogElement> {
    private static final long serialVersionUID = 1;

    private final JobConfig config;
    private final LogStart start;

    /** @param start the log as it is now, and where reading begins without a checkpoint */
    public EventLogSource(JobConfig config, LogStart start) {
        this.config = config;
        this.start = start;
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.CONTINUOUS_UNBOUNDED;
    }

    @Override
    public SourceReader<LogElement, LogSplit> createReader(SourceReaderContext context) {
        return new EventLogReader(config, start, context);
    }

    @Override
    public SplitEnumerator<LogSplit, AssignedPartitions> createEnumerator(SplitEnumeratorContext<LogSplit> context) {
        return enumerator(context, null);
    }

    @Override
    public SplitEnumerator<LogSplit, AssignedPartitions> restoreEnumerator(
            SplitEnumeratorContext<LogSplit> context, AssignedPartitions assigned) {
        return enumerator(context, assigned);
    }

    private EventLogEnumerator enumerator(
            SplitEnumeratorContext<LogSplit> context, @Nullable AssignedPartitions assigned) {
        LogTopic topic = new LogTopic(
                config.kafka().client(Map.of("client.id", "freshet-partitions")),
                config.topics().events());
        return new EventLogEnumerator(context, start, assigned, () -> partitions(topic), topic);
    }

    private static Set<Integer> partitions(LogTopic topic) {
        try {
            return topic.describe().partitions();
        } catch (PermanentFailure e) {
            // The reader refuses a topic that is gone, with more to say.
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    @Override
    public SimpleVersionedSerializer<LogSplit> getSplitSerializer() {
        return new LogSplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<AssignedPartitions> getEnumeratorCheckpointSerializer() {
        return new AssignedPartitions.Serializer();
    }

    @Override
    public TypeInformation<LogElement> getProducedType() {
        return TypeInformation.of(LogElement.class);
    }
}
