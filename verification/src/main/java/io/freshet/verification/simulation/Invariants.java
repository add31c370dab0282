package io.freshet.verification.simulation;

import io.freshet.job.core.Accepted;
import io.freshet.job.records.TickedEvent;
import io.freshet.job.source.LogSplit;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.HistoryAppend;
import io.freshet.store.Interaction;
import io.freshet.store.LaneChanges;
import io.freshet.store.LaneRange;
import io.freshet.store.codec.LaneChangesCodec;
import io.freshet.store.feed.FeedFrame;
import io.freshet.store.feed.FeedTick;
import io.freshet.store.feed.LogId;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.Manifest.StoredFile;
import io.freshet.train.TickOutcome;
import io.freshet.train.TickReport;
import io.freshet.verification.simulation.log.LogScript;
import io.freshet.verification.simulation.log.LogScript.Slot;
import io.freshet.verification.simulation.reference.Reference;
import io.freshet.verification.simulation.reference.Settings;
import io.freshet.verification.simulation.schedule.Violation;
import io.freshet.verification.simulation.schedule.Violation.Invariant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What must hold, and the ledger of what was learned. */
final class Invariants {
    private static final HexFormat HEX = HexFormat.of();
    private static final String MANIFEST = ".json";
    private static final String OBJECTS = "objects/";

    private final World world;
    /** Events learned, by id, with the ticks they were learned in; as the job's present state has them. */
    private final TreeMap<Long, Long> ledger = new TreeMap<>();
    /** Ticks behind the present start's state that the feed had when the log was read again, with their digests. */
    private TreeMap<Long, byte[][]> published = new TreeMap<>();
    /** Where the feed ended when the job began from nothing: what stands before is of another lineage. */
    private long lineageFrom;
    /** The cut that clocks alone make, where they do. */
    private final @Nullable SortedMap<Long, Map<Integer, Long>> clocksCut;

    /** Files that a snapshot needs. */
    private record Snapshot(String id, Set<String> objects) {}

    private final Map<String, Snapshot> committed = new TreeMap<>();
    /** The one of the last completed checkpoint. */
    private @Nullable Snapshot last;

    private @Nullable Violation lost;
    private boolean filesChanged;
    private long restoredTick = -1;
    private long checks;

    Invariants(World world) {
        this.world = world;
        LogScript script = world.log().script();
        clocksCut = script.strict() ? script.cut(world.drains()) : null;
    }

    long checks() {
        return checks;
    }

    void count() {
        checks++;
    }

    /** A learner learned a tick. */
    void learned(LaneRange owned, boolean leads, TickOutcome outcome, Reference.Node expected) {
        long tick = expected.tick();
        for (int lane = owned.from(); lane < owned.to(); lane++) {
            same("lane " + lane, tick, expected.digests[lane], outcome.applied().digests()[lane]);
            enter(tick, outcome.changes().lanes().get(lane));
        }
        if (leads) {
            if (!Objects.equals(settled(outcome.report()), settled(expected.report))) {
                throw new Violation(
                        Invariant.SAME_BITS,
                        "the report of tick " + tick + " is " + outcome.report() + ", the undisturbed run's "
                                + expected.report);
            }
            cut(expected);
            repeated(expected);
        }
    }

    /** A tick without a step reports the norm of the last one, which a restart does not remember. */
    private static @Nullable TickReport settled(@Nullable TickReport report) {
        return report == null || !Double.isNaN(report.loss())
                ? report
                : new TickReport(
                        report.tick(),
                        report.events(),
                        report.duplicates(),
                        report.conflicts(),
                        report.steps(),
                        report.skippedSteps(),
                        report.tokens(),
                        report.loss(),
                        0,
                        report.items(),
                        report.quality(),
                        report.counts());
    }

    private void same(String what, long tick, byte[] expected, byte[] found) {
        checks++;
        if (!Arrays.equals(expected, found)) {
            throw new Violation(
                    Invariant.SAME_BITS,
                    what + " after tick " + tick + " has digest " + HEX.formatHex(found, 0, 6)
                            + "..., the undisturbed run " + HEX.formatHex(expected, 0, 6) + "...");
        }
    }

    /** Where clocks alone close ticks, the cut is theirs. */
    private void cut(Reference.Node node) {
        checks++;
        if (clocksCut == null || node.cut.epoch() > 0) {
            return;
        }
        Map<Integer, Long> expected = clocksCut.get(node.tick());
        long before = clocksCut.headMap(node.tick()).isEmpty()
                ? -1
                : clocksCut.headMap(node.tick()).lastKey();
        long previous = node.parent == null ? -1 : node.parent.tick();
        if (!node.cut.frontier().equals(expected) || previous != before) {
            throw new Violation(
                    Invariant.LEGAL_CUT,
                    "tick " + node.tick() + " reaches to " + node.cut.frontier() + " behind tick " + previous
                            + "; by the partitions' clocks it reaches to " + expected + " behind tick " + before);
        }
    }

    private void repeated(Reference.Node node) {
        if (published.isEmpty() || node.tick() > published.lastKey()) {
            return;
        }
        checks++;
        byte[][] before = published.get(node.tick());
        if (before == null || !Arrays.deepEquals(before, node.digests)) {
            throw new Violation(
                    Invariant.REPEATED,
                    "tick " + node.tick() + " up to " + node.cut.frontier() + " is not as it was published; the feed"
                            + " had ticks " + published.keySet() + " behind the checkpoint");
        }
    }

    private void enter(long tick, LaneChanges lane) {
        for (HistoryAppend append : lane.histories()) {
            for (Interaction one : append.appended()) {
                checks++;
                Long before = ledger.put(one.eventId(), tick);
                if (before != null) {
                    throw new Violation(
                            Invariant.EXACTLY_ONCE,
                            "event " + Long.toHexString(one.eventId()) + " of " + append.subject()
                                    + " was learned in tick " + tick + ", and in tick " + before + " before");
                }
            }
        }
    }

    /** An event of the log that is there and was not learned; null if there is none. */
    @Nullable
    String missing() {
        List<LogScript.Part> parts = world.log().script().parts();
        for (int partition = 0; partition < parts.size(); partition++) {
            List<Slot> slots = parts.get(partition).slots();
            for (int offset = 0; offset < slots.size(); offset++) {
                Slot slot = slots.get(offset);
                if (slot.event() != null
                        && !world.isGone(world.log().epoch(), partition, offset)
                        && !ledger.containsKey(slot.event().eventId())) {
                    return "partition " + partition + " offset " + offset;
                }
            }
        }
        return null;
    }

    /** The job starts from a state: what was learned behind it is learned again. */
    void rewound(long tick) {
        ledger.values().removeIf(learned -> learned > tick);
        restoredTick = tick;
        published = new TreeMap<>();
    }

    /** The source opened partitions; what they were saved of must be there, or the start must say that it accepts. */
    void opened(List<LogSplit> splits) {
        checks++;
        boolean restored = splits.stream().anyMatch(LogSplit::isRestored);
        boolean same = !restored || splits.get(0).topicId().equals(world.log().id());
        if (!restored) {
            lineageFrom = world.feed().end();
        }
        if (!same && !world.accept().contains(Accepted.OTHER_TOPIC)) {
            throw new Violation(Invariant.REFUSED, "another topic was not refused");
        }
        for (LogSplit split : splits) {
            if (split.partition() >= world.log().script().parts().size()) {
                continue;
            }
            long begin = world.log().begin(split.partition());
            boolean goesOn = same && split.isRestored() && split.position() >= 0;
            long from = goesOn ? split.position() : 0;
            if (begin > from) {
                if (goesOn && !world.accept().contains(Accepted.GAP)) {
                    throw new Violation(
                            Invariant.REFUSED,
                            "partition " + split.partition() + " begins at " + begin + ", offset " + from
                                    + " follows the state, and that was not refused");
                }
                world.goneUpTo(split.partition(), from, begin - 1);
            }
        }
        if (restored && same && world.isWhole()) {
            expectPublished(splits);
        }
    }

    private void expectPublished(List<LogSplit> splits) {
        long from = splits.stream().mapToLong(LogSplit::feedOffset).min().orElse(-1);
        Checkpoints.Completed completed =
                Objects.requireNonNull(world.checkpoints().completed());
        if (world.feed().start() > Math.max(0, from) || world.feed().epoch() != completed.feedEpoch()) {
            // What was trimmed of the feed, or is behind an offset of another topic, is known to nobody.
            return;
        }
        TreeMap<Long, byte[][]> ticks = new TreeMap<>();
        TreeMap<Long, Long> previous = new TreeMap<>();
        TreeMap<Long, FeedTick> last = new TreeMap<>();
        world.feed().ticks(lineageFrom, (tick, earlier) -> {
            if (earlier) {
                return;
            }
            FeedFrame.Marker marker = tick.marker();
            if (!LogId.of(world.log().id()).takes(marker.log())) {
                return;
            }
            last.put(marker.tick(), tick);
            if (!Arrays.deepEquals(ticks.get(marker.tick()), marker.digests())) {
                // It is no repetition: what others sent behind its predecessor is taken back.
                ticks.tailMap(marker.previousTick(), false).clear();
                ticks.put(marker.tick(), marker.digests());
                previous.put(marker.tick(), marker.previousTick());
            }
        });
        ticks.headMap(restoredTick, true).clear();
        List<TickedEvent> held = Former.heldBy(completed);
        long before = restoredTick;
        for (long tick : List.copyOf(ticks.keySet())) {
            FeedTick newest = Objects.requireNonNull(last.get(tick));
            boolean late =
                    newest.marker().incarnation() < incarnationOf(completed.snapshot()) && contradicts(newest, held);
            if (late || previous.getOrDefault(tick, before) > before) {
                // A replaced learner's came when others had read on; or what led to it is not there, so that nobody
                // can be where it begins.
                ticks.tailMap(tick, true).clear();
                break;
            }
            before = tick;
        }
        published = ticks;
        world.trace("the feed has ticks " + ticks.keySet() + " behind the checkpoint");
    }

    /** Number of the learner that cut a snapshot: {@code learner-<number>-...}. */
    private static long incarnationOf(String snapshot) {
        return Long.parseLong(snapshot.split("-", -1)[1]);
    }

    /** Whether events that learners hold would be in another tick if a published one were repeated. */
    private static boolean contradicts(FeedTick published, List<TickedEvent> held) {
        Map<Integer, Long> frontier =
                LaneChangesCodec.decode(published.lanes()[0]).frontier();
        FeedFrame.Marker marker = published.marker();
        return held.stream()
                .anyMatch(event -> event.tick > marker.previousTick() && event.tick < marker.tick()
                        || event.offset >= 0
                                && event.tick <= marker.tick()
                                        != event.offset <= frontier.getOrDefault(event.partition, -1L));
    }

    private static boolean isManifest(String name) {
        return name.endsWith(MANIFEST) && name.indexOf('/') < 0;
    }

    /** A follower's store came to a tick. */
    void followed(String who, EmbeddingStore store) {
        checks++;
        if (world.reference().find(store.tick(), store.digests()) == null) {
            throw new Violation(
                    Invariant.FAITHFUL_FOLLOWER,
                    who + " is at tick " + store.tick() + " with digests that no undisturbed run has");
        }
    }

    /** A file of the repository was written. */
    void published(String name) {
        filesChanged |= isManifest(name);
    }

    /** A file of the repository was deleted. */
    void deleted(String name) {
        if (isManifest(name)) {
            committed.remove(name.substring(0, name.length() - MANIFEST.length()));
            filesChanged = true;
        } else if (name.startsWith(OBJECTS)) {
            for (Snapshot snapshot : needed()) {
                if (snapshot.objects().contains(name) && lost == null) {
                    // Whoever deletes it would take an exception for the repository's.
                    lost = new Violation(
                            Invariant.RESTORABLE, name + " was deleted, and snapshot " + snapshot.id() + " needs it");
                }
            }
        } else {
            filesChanged = true;
        }
    }

    private List<Snapshot> needed() {
        List<Snapshot> all = new ArrayList<>(committed.values());
        if (last != null) {
            all.add(last);
        }
        return all;
    }

    /** After every step: what others changed. */
    void afterStep() {
        if (lost != null) {
            throw lost;
        }
        if (filesChanged) {
            filesChanged = false;
            for (String id : world.disk().still().names()) {
                if (!committed.containsKey(id)) {
                    committed.put(id, whole(world.disk().still().load(id)));
                }
            }
            restorable();
        }
    }

    /** The undisturbed state that a snapshot is of. */
    Reference.Node known(Manifest manifest) {
        checks++;
        byte[][] digests = new byte[Settings.LANES][];
        for (int lane = 0; lane < digests.length; lane++) {
            digests[lane] = HEX.parseHex(manifest.lanes().get(lane).chain());
        }
        Reference.Node node = world.reference().find(manifest.tick(), digests);
        if (node == null) {
            throw new Violation(
                    Invariant.SAME_BITS,
                    "snapshot " + manifest.id() + " of tick " + manifest.tick()
                            + " has digests that no undisturbed run has");
        }
        return node;
    }

    /** The snapshot of the last completed checkpoint is there, and whole. */
    void restorable() {
        Checkpoints.Completed completed = world.checkpoints().completed();
        if (completed == null) {
            return;
        }
        checks++;
        Snapshot known = committed.get(completed.snapshot());
        try {
            last = known != null ? known : whole(world.disk().still().load(completed.snapshot()));
        } catch (IllegalStateException | UncheckedIOException e) {
            throw new Violation(
                    Invariant.RESTORABLE,
                    "snapshot " + completed.snapshot() + ", which a completed checkpoint names, cannot be had: "
                            + e.getMessage(),
                    e);
        }
    }

    private Snapshot whole(Manifest manifest) {
        checks++;
        Set<String> objects = new HashSet<>();
        try {
            for (StoredFile file : manifest.files()) {
                objects.add(OBJECTS + file.object());
                long bytes = world.disk().raw().size(OBJECTS + file.object()).orElse(-1);
                if (bytes != file.bytes()) {
                    throw new Violation(Invariant.RESTORABLE, "snapshot " + manifest.id() + " lacks " + file.object());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        known(manifest);
        return new Snapshot(manifest.id(), objects);
    }

    /** Last tick that clocks alone close; empty where they do not. */
    @Nullable
    Long lastOfClocks() {
        return clocksCut == null || clocksCut.isEmpty() ? null : clocksCut.lastKey();
    }
}
