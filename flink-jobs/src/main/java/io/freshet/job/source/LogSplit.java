package io.freshet.job.source;

import java.util.Arrays;
import org.apache.flink.api.connector.source.SourceSplit;

/**
 * One partition of the log, and how far it was read.
 *
 * @param topicId id of the topic that the position is of; empty if nothing was read yet
 * @param partition partition
 * @param position next offset to read; {@link #BEGINNING} for the first that there is
 * @param afterTick last tick of the state that reading begins behind; -1 for none. Only before anything was read
 * @param clock the partition's clock, as the tick sequence saves it; empty if nothing was read yet
 * @param feedOffset where the change feed ended, at the latest, when this was saved; -1 if that is not known
 * @param breaker counts of bad records, as the breaker saves them; empty if nothing was read yet
 */
public record LogSplit(
        String topicId, int partition, long position, long afterTick, byte[] clock, long feedOffset, byte[] breaker)
        implements SourceSplit {
    /** Position of the first record that there is. */
    public static final long BEGINNING = -1;

    /** A partition of which nothing was read. */
    public static LogSplit fresh(int partition, long position, long afterTick) {
        return new LogSplit("", partition, position, afterTick, new byte[0], -1, new byte[0]);
    }

    /** Whether it goes on from a checkpoint. */
    public boolean isRestored() {
        return clock.length > 0;
    }

    @Override
    public String splitId() {
        return Integer.toString(partition);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LogSplit that
                && topicId.equals(that.topicId)
                && partition == that.partition
                && position == that.position
                && afterTick == that.afterTick
                && feedOffset == that.feedOffset
                && Arrays.equals(clock, that.clock)
                && Arrays.equals(breaker, that.breaker);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(new long[] {partition, position, afterTick, feedOffset, Arrays.hashCode(clock)});
    }

    @Override
    public String toString() {
        return "partition " + partition + " from offset " + position;
    }
}
