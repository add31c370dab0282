package io.freshet.cli.data;

import io.freshet.cli.log.Brokers;
import io.freshet.cli.options.UsageException;
import io.freshet.dataset.EventStream.Extent;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * Where the clock of a replayed log begins. Brokers refuse records that are stamped an hour ahead of them, and a
 * learner rejects events that are an hour ahead of their record: the clock begins behind the newest event and ends
 * before now, as far as both go together. In a topic that has records it goes on behind them.
 */
public final class LogStart {
    /** Where it begins for all data that are older: the published data sets. */
    public static final long EPOCH = 1_700_000_000_000L;

    /** Every start is a multiple of it, which is what heartbeats are sent at. */
    static final long STEP_MILLIS = 250;

    private final String wanted;
    private final long now;

    /**
     * @param wanted {@code auto}, {@code now} or an instant
     * @param now ms since the epoch
     * @throws UsageException if it is none of them
     */
    public LogStart(String wanted, long now) {
        this.wanted = wanted.strip();
        this.now = now;
        if (isInstant()) {
            instant();
        }
    }

    private boolean isInstant() {
        return !wanted.equalsIgnoreCase("auto") && !wanted.equalsIgnoreCase("now");
    }

    private long instant() {
        try {
            return wanted.matches("[0-9]{1,15}")
                    ? Long.parseLong(wanted)
                    : Instant.parse(wanted).toEpochMilli();
        } catch (DateTimeException e) {
            throw new UsageException("--log-start " + wanted
                    + ": expected auto, now, an instant such as 2024-05-01T00:00:00Z, or ms since the epoch");
        }
    }

    /** Whether how far the data reach makes a difference. */
    boolean needsExtent() {
        return !isInstant();
    }

    /**
     * The first record's time, ms since the epoch.
     *
     * @param extent of what is sent; empty if it is not known
     * @param durationMillis log time that it takes, if all of its time is sent at once; 0 if it is sent as it goes
     * @param last newest record in the topic; empty if it has none
     */
    public long millis(Optional<Extent> extent, long durationMillis, Optional<Long> last) {
        if (isInstant()) {
            return instant();
        }
        long behind = last.map(millis -> millis + STEP_MILLIS).orElse(Long.MIN_VALUE);
        return roundedUp(Math.max(fresh(extent, durationMillis), behind));
    }

    private long fresh(Optional<Extent> extent, long durationMillis) {
        if (wanted.equalsIgnoreCase("now")) {
            return now - durationMillis;
        }
        long newest = Math.max(EPOCH, extent.map(Extent::newestMillis).orElse(EPOCH));
        return newest + durationMillis <= now ? newest : Math.max(EPOCH, now - durationMillis);
    }

    private static long roundedUp(long millis) {
        return Math.floorDiv(millis + STEP_MILLIS - 1, STEP_MILLIS) * STEP_MILLIS;
    }

    /** In words: what it begins with and whether that is behind what was there. */
    public static String told(long start, Optional<Long> last) {
        String text = "the log's clock begins at " + Instant.ofEpochMilli(start);
        if (last.isEmpty()) {
            return text;
        }
        if (start > last.get()) {
            return text + ", behind the topic's newest record";
        }
        return text + ", but the topic's newest record is of " + Instant.ofEpochMilli(last.get())
                + ": time begins again, and these events go into the ticks that are open when they come";
    }

    /** Time of the newest record of a topic; empty if it has none. */
    static Optional<Long> newest(Brokers brokers, List<TopicPartition> partitions) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, OffsetSpec.maxTimestamp()));
        try (Admin admin = brokers.admin()) {
            return admin
                    .listOffsets(asked, new ListOffsetsOptions().timeoutMs((int) Brokers.PATIENCE.toMillis()))
                    .all()
                    .get()
                    .values()
                    .stream()
                    .filter(info -> info.offset() >= 0)
                    .map(ListOffsetsResultInfo::timestamp)
                    .max(Long::compare);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the topic's newest record was looked for", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the topic's newest record is not known", e.getCause());
        }
    }
}
