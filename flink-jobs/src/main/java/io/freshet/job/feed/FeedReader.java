package io.freshet.job.feed;

import io.freshet.job.config.JobConfig;
import io.freshet.store.feed.FeedFrame;
import io.freshet.store.feed.FeedTick;
import io.freshet.store.feed.RepositoryId;
import io.freshet.store.feed.TickAssembler;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the change feed as it is now, from an offset to its end. */
public final class FeedReader {
    private static final Logger LOG = LoggerFactory.getLogger(FeedReader.class);
    private static final int PARTITION = 0;

    /** Frames before an offset among which the first ones of a tick are looked for whose marker stands behind it. */
    public static final int LONGEST_TICK = 1024;

    /** Takes whole ticks. */
    public interface TickVisitor {
        /** @param earlier whether its marker stands before what is asked for */
        void tick(FeedTick tick, boolean earlier);
    }

    /** Takes frames. */
    interface Visitor {
        /** @param writtenAtMillis wall clock of who sent it, ms since the epoch */
        void frame(long offset, long writtenAtMillis, FeedFrame frame);
    }

    private final JobConfig config;

    public FeedReader(JobConfig config) {
        this.config = config;
    }

    /**
     * Visits frames.
     *
     * @param from first offset; what is gone of it is left out; negative for the beginning; behind the end, nothing is
     *     read
     * @return where the feed ended when this began: the first offset that was not read
     * @throws IllegalStateException if the brokers give nothing for a minute
     */
    public long frames(long from, Consumer<FeedFrame> visitor) {
        return visit(from, (offset, writtenAt, frame) -> visitor.accept(frame));
    }

    /**
     * A frame of the feed.
     *
     * @param writtenAtMillis wall clock of who sent it, ms since the epoch
     */
    record Written(FeedFrame frame, long writtenAtMillis) {}

    /** The last frame before an offset, the first ones of a tick without a marker too; empty if there is none near. */
    Optional<Written> lastFrame(long before) {
        AtomicReference<@Nullable Written> last = new AtomicReference<>();
        for (long back = 1; back <= LONGEST_TICK && last.get() == null && before >= back; back *= 32) {
            visit(before - back, (offset, writtenAt, frame) -> last.set(new Written(frame, writtenAt)));
        }
        return Optional.ofNullable(last.get());
    }

    private long visit(long from, Visitor visitor) {
        TopicPartition partition = new TopicPartition(config.topics().changes(), PARTITION);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                config.kafka().consumer(Map.of("auto.offset.reset", "none", "client.id", "freshet-feed-reader")),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> only = List.of(partition);
            long end = consumer.endOffsets(only).getOrDefault(partition, 0L);
            long begin = consumer.beginningOffsets(only).getOrDefault(partition, 0L);
            consumer.assign(only);
            consumer.seek(partition, Math.min(end, Math.max(from, begin)));
            ReadDeadline deadline = new ReadDeadline(partition, end);
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                    visit(record, visitor);
                }
                deadline.require(consumer.position(partition));
            }
            return end;
        }
    }

    static void visit(ConsumerRecord<byte[], byte[]> record, Visitor visitor) {
        FeedFrame frame;
        try {
            // A record without a value is no frame, and refused as one.
            frame = FeedFrame.fromBytes(record.value() == null ? new byte[0] : record.value());
        } catch (IllegalArgumentException e) {
            // Not ours; followers drop it as well.
            LOG.warn(
                    "offset {} of {} is no frame of a change feed: {}",
                    record.offset(),
                    record.topic(),
                    e.getMessage());
            return;
        }
        visitor.frame(record.offset(), record.timestamp(), frame);
    }

    /**
     * Visits whole ticks; those of learners that were replaced are left out from where their successors begin. A
     * broker may take a learner's last frames after others have looked where the feed ends, in the middle of a tick: a
     * tick is here if its marker is, wherever it begins. Some ticks before it are visited too, as earlier ones.
     *
     * @param repository identity of the repository whose learners are meant; frames of others are left out
     * @return where the feed ended when this began: the first offset that was not read
     */
    public long ticks(String repository, long from, TickVisitor visitor) {
        RepositoryId mine = RepositoryId.of(repository);
        TickAssembler assembler = new TickAssembler();
        return visit(Math.max(0, from - LONGEST_TICK), (offset, writtenAt, frame) -> {
            if (!mine.takes(frame.repository())) {
                return;
            }
            try {
                assembler.add(frame).ifPresent(tick -> visitor.tick(tick, offset < from));
            } catch (IllegalArgumentException e) {
                if (offset >= from) {
                    LOG.warn("a tick of {} is not whole: {}", config.topics().changes(), e.getMessage());
                }
            }
        });
    }
}
