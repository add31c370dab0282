package io.freshet.job.source;

import io.freshet.job.clock.TickLedger;
import io.freshet.job.config.JobConfig;
import io.freshet.job.feed.FeedReader;
import io.freshet.store.codec.LaneChangesCodec;
import io.freshet.store.feed.FeedFrame;
import io.freshet.store.feed.FeedTick;
import io.freshet.store.feed.LogId;
import io.freshet.store.snapshot.SnapshotRepository;
import java.util.Map;

/** The ticks that the change feed has of the job's own repository, as a ledger. */
public final class FeedLedger {
    private FeedLedger() {}

    /**
     * Reads the feed from an offset, or from its beginning if that is gone or negative, to its end.
     *
     * @param incarnation of later learners nothing is read
     * @param topicId id of the topic whose ticks are read; empty for those of all
     * @throws IllegalStateException if the brokers do not answer
     */
    public static TickLedger read(JobConfig config, long from, long incarnation, String topicId) {
        LogId log = LogId.of(topicId);
        TickLedger ledger = new TickLedger();
        SnapshotRepository snapshots = config.store().openRepository();
        // An audit may begin with nothing: whose ticks they are is not known then.
        String repository = snapshots.exists() ? snapshots.identity() : "";
        long end = new FeedReader(config).ticks(repository, from, (tick, earlier) -> {
            if (tick.marker().incarnation() <= incarnation) {
                add(ledger, tick, earlier, log);
            }
        });
        ledger.dropEarlier();
        ledger.readTo(end);
        return ledger;
    }

    /**
     * Adds a tick of the feed, if it was cut of a log.
     *
     * @param earlier whether it stands before what is asked for, see {@link TickLedger#add(TickLedger.Entry, boolean)}
     */
    public static void add(TickLedger ledger, FeedTick tick, boolean earlier, LogId log) {
        FeedFrame.Marker marker = tick.marker();
        if (log.takes(marker.log())) {
            Map<Integer, Long> frontier =
                    LaneChangesCodec.decode(tick.lanes()[0]).frontier();
            ledger.add(new TickLedger.Entry(marker.tick(), marker.previousTick(), frontier), earlier);
        }
    }
}
