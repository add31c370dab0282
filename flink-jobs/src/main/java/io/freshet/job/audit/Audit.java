package io.freshet.job.audit;

import io.freshet.job.config.JobConfig;
import io.freshet.job.core.PermanentFailure;
import io.freshet.job.feed.FeedReader;
import io.freshet.store.StateReader;
import io.freshet.store.codec.LaneDigests;
import io.freshet.store.feed.FeedFrame;
import io.freshet.store.feed.RepositoryId;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Rebuilds the model as of a tick from the nearest snapshot before it and the log behind that snapshot's frontier, and
 * compares its digests with those that the learner published with that tick. Where ticks ended is read from the feed,
 * as the job does after a restart.
 */
public final class Audit {
    private final JobConfig config;
    private final long tick;
    private final OptionalLong incarnation;

    private Audit(JobConfig config, long tick, OptionalLong incarnation) {
        this.config = config;
        this.tick = tick;
        this.incarnation = incarnation;
    }

    /**
     * Outcome.
     *
     * @param published digests of the lanes as the learner published them, hexadecimal
     * @param incarnation of the learner that did
     * @param rebuilt digests of the lanes as they came out here
     * @param from snapshot that it began with; empty: from nothing
     * @param ticks ticks learned again
     * @param events events learned again
     * @param records records of the log that were read for it
     */
    public record Result(
            List<String> published,
            long incarnation,
            List<String> rebuilt,
            String from,
            long ticks,
            long events,
            long records) {
        /** Whether every lane has the published bits. */
        public boolean holds() {
            return published.equals(rebuilt);
        }
    }

    /**
     * Runs an audit.
     *
     * @param incarnation of the learner whose digests are meant, as answers name it; empty for the last that published
     *     the tick
     * @param scratch empty directory for the rebuilt store
     * @param inspect gets the rebuilt state before it is closed
     * @throws PermanentFailure if the snapshot's ids are hashed under another key than the configured one
     * @throws IllegalStateException if that learner's digests of the tick are not in the feed, or the log does not hold
     *     the tick or what it follows from
     */
    public static Result run(
            JobConfig config, long tick, OptionalLong incarnation, Path scratch, Consumer<StateReader> inspect) {
        return new Audit(config, tick, incarnation).run(scratch, inspect);
    }

    private Result run(Path scratch, Consumer<StateReader> inspect) {
        SnapshotRepository repository = config.store().openRepository();
        FeedFrame.Marker marker = published(RepositoryId.of(repository.exists() ? repository.identity() : ""));
        Optional<Manifest> nearest = repository.list().stream()
                .filter(manifest -> manifest.tick() >= 0 && manifest.tick() <= tick)
                .filter(manifest -> manifest.incarnation() <= marker.incarnation())
                .reduce((a, b) -> b);
        nearest.ifPresent(manifest -> requireIdKey(
                manifest.id(), manifest.properties(), config.store().ids().key()));
        Relearning.Result again =
                new Relearning(config, nearest).upTo(tick, marker.incarnation(), scratch.resolve("store"), inspect);
        return new Result(
                hex(marker.digests()),
                marker.incarnation(),
                again.lanes().stream().map(LaneDigests::chain).toList(),
                nearest.map(Manifest::id).orElse(""),
                again.ticks(),
                again.events(),
                again.records());
    }

    /**
     * Refuses a snapshot whose ids were hashed under another key: all users and items of the log would be others.
     *
     * @throws PermanentFailure naming both keys
     */
    static void requireIdKey(String snapshot, Map<String, String> properties, String configured) {
        String key = properties.get(JobConfig.ID_KEY);
        if (!configured.equals(key)) {
            throw new PermanentFailure("snapshot " + snapshot + " has ids that were hashed under the key "
                    + (key == null ? "of an earlier release" : key) + ", store.id-key is " + configured
                    + ": an audit needs the configuration of the learner that cut it");
        }
    }

    private static List<String> hex(byte[][] digests) {
        return Arrays.stream(digests).map(HexFormat.of()::formatHex).toList();
    }

    /** The marker of the tick in the feed: the asked learner's, or the last one. */
    private FeedFrame.Marker published(RepositoryId mine) {
        List<FeedFrame.Marker> found = new ArrayList<>();
        long[] bounds = {Long.MAX_VALUE, Long.MIN_VALUE};
        new FeedReader(config).frames(-1, frame -> {
            if (frame instanceof FeedFrame.Marker marker && mine.takes(marker.repository())) {
                bounds[0] = Math.min(bounds[0], marker.tick());
                bounds[1] = Math.max(bounds[1], marker.tick());
                if (marker.tick() == tick) {
                    found.add(marker);
                }
            }
        });
        if (found.isEmpty()) {
            throw new IllegalStateException("the feed " + config.topics().changes() + " does not hold tick " + tick
                    + (bounds[1] < bounds[0]
                            ? "; it is empty"
                            : "; it holds ticks from " + bounds[0] + " to " + bounds[1]
                                    + ", of which some may have no events"));
        }
        TreeSet<Long> learners = new TreeSet<>();
        found.forEach(marker -> learners.add(marker.incarnation()));
        return found.stream()
                .filter(marker -> incarnation.isEmpty() || marker.incarnation() == incarnation.getAsLong())
                .reduce((a, b) -> b)
                .orElseThrow(() -> new IllegalStateException("learner " + incarnation.getAsLong()
                        + " published no tick " + tick + " in the feed "
                        + config.topics().changes()
                        + "; it is there from learner " + learners));
    }
}
