package io.freshet.job.source;

import io.freshet.job.config.JobConfig;
import io.freshet.job.core.Accepted;
import io.freshet.job.core.PermanentFailure;
import io.freshet.job.core.StateIdentity;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.Rollbacks;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.Serializable;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a job that begins without a checkpoint reads the log from, if a rollback says from which snapshot.
 *
 * @param tick last tick of the snapshot
 * @param next first offset to read, of every partition; {@link LogSplit#BEGINNING} for the first that there is
 */
public record StartingPoint(long tick, Map<Integer, Long> next) implements Serializable {
    private static final Logger LOG = LoggerFactory.getLogger(StartingPoint.class);

    /**
     * The point that a pending rollback names.
     *
     * @param now the topic as it is
     * @throws PermanentFailure if the snapshot is of another log, or the log does not reach back to it, and the start
     *     does not accept that
     */
    public static Optional<StartingPoint> of(JobConfig config, LogPort log, LogPort.Description now) {
        SnapshotRepository repository = config.store().openRepository();
        Optional<Rollbacks.Pending> rollback = repository.rollbacks().pending();
        return rollback.map(pending -> behind(repository.load(pending.snapshot()), log, now, config.accept()));
    }

    static StartingPoint behind(Manifest snapshot, LogPort log, LogPort.Description now, Set<Accepted> accept) {
        StateIdentity identity = new StateIdentity(Map.of(StateIdentity.LOG, now.id()));
        identity.require("snapshot " + snapshot.id(), snapshot.properties(), accept.contains(Accepted.OTHER_TOPIC));
        Map<Integer, Long> next = new TreeMap<>();
        if (identity.hasFrontierOfAnotherLog(snapshot)) {
            LOG.warn(
                    "snapshot {} was learned from a former topic: {} is read from its beginning",
                    snapshot.id(),
                    log.name());
            now.partitions().forEach(partition -> next.put(partition, LogSplit.BEGINNING));
            return new StartingPoint(snapshot.tick(), next);
        }
        // What the state has nothing of may have been empty from any offset on.
        now.partitions()
                .forEach(partition -> next.put(
                        partition,
                        snapshot.frontier().containsKey(partition)
                                ? snapshot.frontier().get(partition) + 1
                                : LogSplit.BEGINNING));
        Map<Integer, Long> begins = log.bounds(now.partitions()).begin();
        boolean gaps = accept.contains(Accepted.GAP);
        next.forEach((partition, offset) -> {
            long begin = begins.getOrDefault(partition, 0L);
            String where = log.name() + " partition " + partition;
            if (offset < 0 && begin > 0) {
                LOG.warn(
                        "the state as of tick {} has nothing of {}, which is read from offset {} on: what stood there"
                                + " before is not learned",
                        snapshot.tick(),
                        where,
                        begin);
            } else if (offset >= 0 && begin > offset && !gaps) {
                throw new PermanentFailure("a rollback to tick " + snapshot.tick() + " reads " + where
                        + " from offset " + offset + " on, but it begins at " + begin
                        + ": what the snapshot needs was deleted. Roll back to a newer snapshot, or, if it can be"
                        + " missed, start with start.accept=gap, which records the gap");
            }
        });
        return new StartingPoint(snapshot.tick(), next);
    }
}
