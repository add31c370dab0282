package io.freshet.job.feed;

import io.freshet.job.config.JobConfig;
import io.freshet.job.core.Accepted;
import io.freshet.job.core.LearnerFeed;
import io.freshet.job.core.PermanentFailure;
import io.freshet.store.AppliedTick;
import io.freshet.store.feed.FeedAuthor;
import io.freshet.store.feed.FeedFrame;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes ticks on the change feed, in order, on its partition 0; at least once, without transactions: what is sent
 * again after a recovery is identical, and followers check that.
 */
public final class KafkaLearnerFeed implements LearnerFeed {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaLearnerFeed.class);
    private static final int PARTITION = 0;
    /** A learner that published this recently is taken for one that is at work, ms. */
    private static final long ALIVE_MILLIS = 60_000;

    private final String topic;
    private final FeedAuthor author;
    private final LongSupplier wallMillis;
    private final KafkaProducer<byte[], byte[]> producer;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private volatile long next;
    private long previousTick;

    /**
     * Opens the feed behind what is there.
     *
     * @param author the learner that publishes
     * @param lastTick last tick of the learner's state
     * @param wallMillis the wall clock, ms since the epoch: for ages, never for the model
     * @throws PermanentFailure naming the other, if another repository's learner is publishing on it
     */
    public KafkaLearnerFeed(JobConfig config, FeedAuthor author, long lastTick, LongSupplier wallMillis) {
        this.topic = config.topics().changes();
        this.author = author;
        this.previousTick = lastTick;
        this.wallMillis = wallMillis;
        next = end(config);
        if (!config.accept().contains(Accepted.FOREIGN_FEED)) {
            requireNobodyElse(config);
        }
        Map<String, Object> settings = config.kafka()
                .client(Map.of(
                        "acks",
                        "all",
                        "linger.ms",
                        "0",
                        "batch.size",
                        Integer.toString(FeedFrame.PART_BYTES),
                        "max.request.size",
                        Integer.toString(FeedFrame.PART_BYTES + (64 << 10)),
                        "client.id",
                        "freshet-changes-" + author.incarnation()));
        producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Looks at the last frame: whether a learner of another repository sent it a moment ago. */
    private void requireNobodyElse(JobConfig config) {
        FeedReader.Written last = new FeedReader(config).lastFrame(next).orElse(null);
        if (last == null || author.repository().takes(last.frame().repository())) {
            return;
        }
        FeedFrame frame = last.frame();
        long ageMillis = wallMillis.getAsLong() - last.writtenAtMillis();
        if (ageMillis < ALIVE_MILLIS) {
            throw new PermanentFailure("the change feed " + topic + " belongs to learner " + frame.incarnation()
                    + " of repository " + frame.repository() + ", which published tick " + frame.tick() + " "
                    + Math.max(0, ageMillis) / 1000 + " s ago; this learner is of repository " + author.repository()
                    + ". Stop that one, give this one a topic of its own (topics.changes), or, if it is gone, wait"
                    + " a minute or start with start.accept=foreign-feed");
        }
        LOG.warn(
                "the change feed {} was last written by learner {} of repository {}, {} s ago; learner {} of {}"
                        + " goes on with it",
                topic,
                frame.incarnation(),
                frame.repository(),
                ageMillis / 1000,
                author.incarnation(),
                author.repository());
    }

    private long end(JobConfig config) {
        TopicPartition partition = new TopicPartition(topic, PARTITION);
        try (Admin admin = Admin.create(config.kafka().client(Map.of()))) {
            return admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                    .partitionResult(partition)
                    .get()
                    .offset();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking for the end of " + topic, e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    "the change feed's topic " + topic + " cannot be used: " + e.getMessage()
                            + "; create it with one partition",
                    e.getCause());
        }
    }

    @Override
    public void publish(long tick, AppliedTick applied, Map<Integer, Long> frontier) {
        requireHealthy();
        for (int lane = 0; lane < applied.encoded().length; lane++) {
            for (FeedFrame.Part part :
                    FeedFrame.parts(author.repository(), author.incarnation(), tick, lane, applied.encoded()[lane])) {
                send(lane, part);
            }
        }
        long now = wallMillis.getAsLong();
        send(
                -1,
                new FeedFrame.Marker(
                        author.repository(),
                        author.incarnation(),
                        tick,
                        previousTick,
                        now,
                        author.log(),
                        applied.digests(),
                        applied.contents()));
        previousTick = tick;
    }

    private void send(int lane, FeedFrame frame) {
        byte[] key = ByteBuffer.allocate(4).putInt(lane).array();
        producer.send(new ProducerRecord<>(topic, PARTITION, key, frame.toBytes()), (metadata, e) -> {
            if (e != null) {
                failure.compareAndSet(null, e);
            } else if (metadata.hasOffset()) {
                // In order of offsets; those of a topic that was made again begin again.
                next = metadata.offset() + 1;
            }
        });
    }

    private void requireHealthy() {
        Exception e = failure.get();
        if (e != null) {
            throw new IllegalStateException(
                    "the change feed " + topic + " did not take a record: " + e.getMessage(), e);
        }
    }

    @Override
    public Map<Integer, Long> flush() {
        producer.flush();
        requireHealthy();
        return new TreeMap<>(Map.of(PARTITION, next));
    }

    @Override
    public void close() {
        // What is still under way is sent again by the next incarnation, from its checkpoint.
        producer.close(Duration.ofSeconds(2));
    }
}
