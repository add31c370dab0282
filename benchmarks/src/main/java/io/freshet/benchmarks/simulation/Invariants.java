package io.freshet.benchmarks.simulation;

import io.freshet.benchmarks.simulation.Violation.Invariant;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.HistoryAppend;
import io.freshet.store.Interaction;
import io.freshet.store.LaneChanges;
import io.freshet.store.snapshot.Manifest;
import io.freshet.train.TickOutcome;
import io.freshet.train.TickReport;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What must hold, and the ledger of what was learned. */
final class Invariants {
    private static final HexFormat HEX = HexFormat.of();

    private final World world;
    /** Events learned, by id, with the ticks they were learned in; as the job's present state has them. */
    private final TreeMap<Long, Long> ledger = new TreeMap<>();

    private int seen = -1;
    private long checks;

    Invariants(World world) {
        this.world = world;
    }

    long checks() {
        return checks;
    }

    /** A learner learned a tick. */
    void learned(LaneLearner learner, boolean leads, TickOutcome outcome) {
        long tick = outcome.changes().tick();
        byte[][] expected = expected(tick, "a learner");
        for (int lane = 0; lane < expected.length; lane++) {
            if (learner.ownsLane(lane)) {
                same("lane " + lane, tick, expected[lane], outcome.applied().digests()[lane]);
                enter(tick, outcome.changes().lanes().get(lane));
            }
        }
        if (leads
                && !Objects.equals(
                        settled(outcome.report()),
                        settled(world.reference().reports().get(tick)))) {
            throw new Violation(
                    Invariant.SAME_BITS,
                    "the report of tick " + tick + " is " + outcome.report() + ", the undisturbed run's "
                            + world.reference().reports().get(tick));
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

    private byte[][] expected(long tick, String who) {
        byte[][] expected = world.reference().digests().get(tick);
        if (expected == null) {
            throw new Violation(
                    Invariant.SAME_BITS,
                    who + " is at tick " + tick + ", which the undisturbed run does not have; it has "
                            + world.reference().digests().keySet());
        }
        return expected;
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

    private void enter(long tick, LaneChanges lane) {
        for (HistoryAppend append : lane.histories()) {
            for (Interaction one : append.appended()) {
                checks++;
                Long due = world.log().expected().get(one.eventId());
                Long before = ledger.put(one.eventId(), tick);
                if (due == null || due != tick || before != null) {
                    throw new Violation(
                            Invariant.EXACTLY_ONCE,
                            "event " + Long.toHexString(one.eventId()) + " of " + append.subject()
                                    + " was learned in tick " + tick + "; the log has it in tick " + due
                                    + (before == null ? "" : ", and it was learned in tick " + before + " before"));
                }
            }
        }
    }

    /** Everything of the log up to a tick was learned. */
    void complete(long tick) {
        for (Map.Entry<Long, Long> due : world.log().expected().entrySet()) {
            checks++;
            if (due.getValue() <= tick && !ledger.containsKey(due.getKey())) {
                throw new Violation(
                        Invariant.EXACTLY_ONCE,
                        "event " + Long.toHexString(due.getKey()) + " of tick " + due.getValue()
                                + " was not learned, and the state is at tick " + tick);
            }
        }
    }

    /** The job goes on from a snapshot: what was learned behind it is learned again. */
    void rewound(long tick) {
        ledger.values().removeIf(learned -> learned > tick);
        complete(tick);
    }

    /** A follower came to a tick. */
    void followed(FollowerActor follower, EmbeddingStore store) {
        if (store.tick() < 0) {
            return;
        }
        byte[][] expected = expected(store.tick(), follower.name());
        byte[][] found = store.digests();
        for (int lane = 0; lane < expected.length; lane++) {
            checks++;
            if (!Arrays.equals(expected[lane], found[lane])) {
                throw new Violation(
                        Invariant.FAITHFUL_FOLLOWER,
                        follower.name() + " is at tick " + store.tick() + " with digest "
                                + HEX.formatHex(found[lane], 0, 6) + "... of lane " + lane + ", the learner had "
                                + HEX.formatHex(expected[lane], 0, 6) + "...");
            }
        }
    }

    /** The snapshot of a completed checkpoint; it must be there, and whole. */
    Manifest restorable(String snapshot) {
        checks++;
        Manifest manifest = world.repository().find(snapshot);
        if (manifest == null) {
            throw new Violation(
                    Invariant.RESTORABLE, "there is no snapshot " + snapshot + ", which a completed checkpoint names");
        }
        whole(manifest);
        return manifest;
    }

    private void whole(Manifest manifest) {
        checks++;
        List<String> missing = world.repository().missing(manifest);
        if (!missing.isEmpty()) {
            throw new Violation(Invariant.RESTORABLE, "snapshot " + manifest.id() + " lacks " + missing);
        }
    }

    /** After every step: what others changed. */
    void afterStep() {
        if (seen == world.repository().version()) {
            return;
        }
        seen = world.repository().version();
        for (Manifest manifest : world.repository().newestFirst()) {
            whole(manifest);
            if (manifest.tick() >= 0) {
                byte[][] expected = expected(manifest.tick(), "snapshot " + manifest.id());
                for (int lane = 0; lane < expected.length; lane++) {
                    same(
                            "lane " + lane + " of snapshot " + manifest.id(),
                            manifest.tick(),
                            expected[lane],
                            HEX.parseHex(manifest.digests().get(lane)));
                }
            }
        }
        Checkpoints.Completed completed = world.checkpoints().completed();
        if (completed != null) {
            restorable(completed.snapshot());
        }
    }

    /** The end of a run. */
    void end() {
        complete(world.reference().lastTick());
        byte[] expected = world.reference().stateDigest();
        same(
                "the job's state",
                world.reference().lastTick(),
                expected,
                world.job().stateDigest());
        for (FollowerActor follower : world.followers()) {
            same(follower.name(), world.reference().lastTick(), expected, follower.stateDigest());
        }
    }
}
