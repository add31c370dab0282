package io.freshet.job.feed;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;

/**
 * Ends the reading of a partition that gets no further: a consumer's poll gives nothing, without a word, while brokers
 * are away and when its topic was deleted.
 */
public final class ReadDeadline {
    /** Time without progress after which reading is given up. */
    public static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TopicPartition partition;
    private final long end;
    private long position = -1;
    private long movedAtNanos;

    /** @param end first offset that need not be read */
    public ReadDeadline(TopicPartition partition, long end) {
        this.partition = partition;
        this.end = end;
    }

    /**
     * Takes how far the partition was read.
     *
     * @param now next offset to read
     * @throws IllegalStateException if that has not moved for {@link #PATIENCE}
     */
    public void require(long now) {
        require(now, System.nanoTime());
    }

    void require(long now, long nanos) {
        if (now != position) {
            position = now;
            movedAtNanos = nanos;
        } else if (nanos - movedAtNanos > PATIENCE.toNanos()) {
            throw new IllegalStateException(partition.topic() + " partition " + partition.partition()
                    + " gave nothing for " + TimeUnit.NANOSECONDS.toSeconds(nanos - movedAtNanos)
                    + " s at offset " + position + ", and ends at " + end
                    + ": are its brokers away, or was it deleted?");
        }
    }
}
