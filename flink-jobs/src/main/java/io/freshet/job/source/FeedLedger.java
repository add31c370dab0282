package io.freshet.job.source;

import io.freshet.job.clock.TickLedger;
import io.freshet.job.config.JobConfig;
import io.freshet.job.feed.FeedReader;
import io.freshet.store.codec.LaneChangesCodec;
import io.freshet.store.feed.LogId;
import io.freshet.store.snapshot.SnapshotRepository;

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
            if (tick.marker().incarnation() <= incarnation
                    && log.takes(tick.marker().log())) {
                ledger.add(
                        new TickLedger.Entry(
                                tick.marker().tick(),
                                tick.marker().previousTick(),
                                LaneChangesCodec.decode(tick.lanes()[0]).frontier()),
                        earlier);
            }
        });
        ledger.dropEarlier();
        ledger.readTo(end);
        return ledger;
    }
}
