package io.freshet.benchmarks.simulation;

import io.freshet.benchmarks.simulation.LaneLearner.LaneFile;
import io.freshet.store.LaneDigests;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.Manifest.StoredFile;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The upload of one learner's part of a snapshot: a marker, lane by lane what the newest committed snapshot does not
 * have, the part's manifest; then the marker goes. A lane has table files that snapshots of one opening of the store
 * share, and one of its own.
 */
final class Upload implements Actor {
    private static final int SHARED = 3;

    /**
     * A part of a snapshot that was cut.
     *
     * @param id name of the snapshot
     * @param lanes its state
     * @param incarnation of the learners
     * @param number of the cut in the incarnation
     * @param feedOffset first offset of the feed behind it; negative if this learner does not lead
     */
    record Draft(String id, List<LaneFile> lanes, long incarnation, int number, long feedOffset) {
        int firstLane() {
            return lanes.get(0).lane();
        }

        String opening() {
            return String.format(Locale.ROOT, "%06d.%d", incarnation, firstLane());
        }

        String marker() {
            return opening() + "/" + id;
        }
    }

    private final World world;
    private final Draft draft;
    private final List<StoredFile> files = new ArrayList<>();
    private final Map<String, StoredFile> known = new TreeMap<>();
    private final boolean fails;
    private final boolean hangs;
    /** Next step: -1 the marker, then lanes, the manifest, and the marker again. */
    private int next = -1;

    private boolean ended;
    private Runnable done = () -> {};
    private Runnable failed = () -> {};

    Upload(World world, Draft draft, boolean withFaults) {
        this.world = world;
        this.draft = draft;
        fails = withFaults && world.takes(Fault.Kind.UPLOAD_FAILS);
        hangs = withFaults && world.takes(Fault.Kind.UPLOAD_HANGS);
    }

    /** The manifest of a whole snapshot, from one of its parts. */
    static Manifest manifest(Manifest part, List<LaneDigests> digests, List<StoredFile> files) {
        return new Manifest(
                part.format(),
                part.repository(),
                part.id(),
                part.createdMillis(),
                part.tick(),
                part.frontier(),
                part.layout(),
                digests,
                part.properties(),
                part.feedOffsets(),
                files);
    }

    /** The lanes of a snapshot that is whole. */
    static List<LaneFile> files(Repository repository, Manifest manifest) {
        List<LaneFile> lanes = new ArrayList<>();
        for (StoredFile file : manifest.files()) {
            LaneFile found = repository.get(file);
            if (found == null) {
                throw new IllegalStateException("snapshot " + manifest.id() + " lacks file " + file.object());
            }
            if (file.name().equals("CURRENT")) {
                lanes.add(found);
            }
        }
        return lanes;
    }

    void whenDone(Runnable uploaded, Runnable declined) {
        done = uploaded;
        failed = declined;
        if (world.mutation() == Mutation.ACKNOWLEDGED_BEFORE_UPLOADED) {
            done.run();
            done = () -> {};
        }
    }

    boolean ended() {
        return ended;
    }

    /** Nobody hears of it any more: its task is gone, but its thread may go on. */
    void orphan() {
        done = () -> {};
        failed = () -> {};
    }

    @Override
    public String name() {
        return "upload of " + draft.id() + " from lane " + draft.firstLane();
    }

    @Override
    public boolean ready() {
        return !hangs;
    }

    @Override
    public String waitsFor() {
        return "a file system that hangs";
    }

    /** All of it at once, on the caller's thread. */
    void now() {
        while (!ended) {
            step();
        }
    }

    @Override
    public void step() {
        int lanes = draft.lanes().size();
        int step = next++;
        if (step < 0) {
            world.repository().begin(draft.marker()).ifPresent(this::share);
        } else if (step < lanes) {
            if (fails && step == lanes / 2 || !world.repository().underWay(draft.marker())) {
                ended = true;
                world.repository().end(draft.marker());
                world.trace(this, "fails");
                failed.run();
                return;
            }
            copy(draft.lanes().get(step));
        } else if (step == lanes) {
            world.repository().publish(part(), draft.firstLane());
        } else {
            world.repository().end(draft.marker());
            ended = true;
            world.trace(this, "is done");
            done.run();
        }
    }

    private static String prefix(int lane, Draft draft) {
        return String.format(Locale.ROOT, "%02d-%s-", lane, draft.opening());
    }

    private void share(Manifest newest) {
        for (StoredFile file : newest.files()) {
            if (file.object().startsWith(prefix(file.lane(), draft))) {
                known.put(file.lane() + "/" + file.name(), file);
            }
        }
    }

    private void copy(LaneFile lane) {
        List<String> names = new ArrayList<>(List.of("CURRENT"));
        for (int table = Math.max(0, draft.number() - SHARED + 1); table <= draft.number(); table++) {
            names.add(table + ".sst");
        }
        for (String name : names) {
            StoredFile same = name.endsWith(".sst") ? known.get(lane.lane() + "/" + name) : null;
            if (same == null) {
                String object = prefix(lane.lane(), draft) + draft.id() + "-" + name;
                same = new StoredFile(lane.lane(), name, object, 0, 0);
                world.repository().put(object, lane);
            }
            files.add(same);
        }
    }

    private Manifest part() {
        return new Manifest(
                Manifest.FORMAT,
                "simulated",
                draft.id(),
                0,
                draft.lanes().get(0).tick(),
                Map.of(),
                LaneLearner.LAYOUT,
                draft.lanes().stream()
                        .map(file -> new LaneDigests(HexFormat.of().formatHex(file.digest()), "", ""))
                        .toList(),
                new TreeMap<>(Map.of("incarnation", Long.toString(draft.incarnation()))),
                draft.feedOffset() < 0 ? Map.of() : Map.of(0, draft.feedOffset()),
                files);
    }
}
