package io.freshet.job.core;

import io.freshet.job.records.TickedEvent;
import io.freshet.kernel.Device;
import io.freshet.store.AppliedTick;
import io.freshet.store.LaneRange;
import io.freshet.store.feed.FeedAuthor;
import io.freshet.store.feed.RepositoryId;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.PendingSnapshot;
import io.freshet.store.snapshot.Rollbacks;
import io.freshet.store.snapshot.SnapshotRepository;
import io.freshet.train.Learner;
import io.freshet.train.TickOutcome;
import io.freshet.train.TickReport;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.tick.LogEvent;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One learner of the job, for one incarnation: opened from a checkpoint or empty, closed with its task.
 *
 * <pre>
 * open     -> restores the snapshot that the checkpoint names, its lanes of it; its own events of open ticks
 * take     -> holds an event until its tick is closed
 * close    -> agrees with the others on what a watermark closed; learns every tick of it, publishes it (the leader)
 * cut      -> a snapshot of its lanes as of now; what is returned uploads it, on any thread
 * completed-> the leader commits that snapshot, in the background; older ones expire
 * end      -> the log ended: closes what is open and commits what was learned behind the last checkpoint
 * </pre>
 *
 * Owned by one thread. Learners that share a job make the same calls in the same order as far as {@code open}, {@code
 * close} and {@code end} go, and wait for each other in them.
 */
public final class LearnerCore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LearnerCore.class);

    /** Properties of snapshots that say what starts accepted begin with this; the tick follows. */
    static final String ACCEPTED = "accepted.";

    /**
     * What a checkpoint holds of the learners.
     *
     * @param entries one of each learner, whose number may have been another
     */
    public record Checkpoint(List<byte[]> entries) {}

    /**
     * A cut.
     *
     * @param entry what the checkpoint has to hold of this learner
     * @param upload stores the snapshot's part; the checkpoint is not complete before it has returned
     * @param discard forgets the cut, if it is never uploaded; does nothing otherwise
     */
    public record Cut(byte[] entry, Runnable upload, Runnable discard) {}

    private final LearnerSetup setup;
    private final LearnerPorts ports;
    private final SnapshotRepository repository;
    private final SnapshotCommits commits;
    private final Exchange exchange;
    private final OpenTicks open = new OpenTicks();
    /** What has to be closed, last opened first. */
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    private final TickAgreement agreement;
    private final TickGather gathering;
    private final LaneRange owned;
    private final long incarnation;
    private final String repositoryId;
    private final Device device;
    private final LearnerPorts.Store store;
    private final ContentChecks checks;
    private final Learner learner;
    private final @Nullable LearnerFeed feed;
    /** What starts have accepted, as properties of snapshots. */
    private final Map<String, String> accepted = new TreeMap<>();

    private LearnerCore(LearnerSetup setup, LearnerPorts ports, @Nullable Checkpoint from) {
        this.setup = setup;
        this.ports = ports;
        exchange = ports.exchange();
        repository = ports.repository();
        owned = exchange.owned(setup.layout().lanes());
        agreement = new TickAgreement(exchange);
        gathering = new TickGather(exchange, setup.layout().lanes());
        commits = new SnapshotCommits(repository, setup.retention(), ports.background(), ports.wallMillis());
        try {
            // First, since it may be missing: nothing is held yet.
            device = ports.device().get();
            opened.push(device);
            if (setup.leads()) {
                // The others ask for it when they have heard of the incarnation: two would make two.
                repository.identity();
                repository.removeAbandonedUploads();
            }
            incarnation = agreed(setup.leads() ? repository.nextIncarnation() : 0);
            repositoryId = repository.identity();
            String checkpointed = from == null ? null : read(from);
            String snapshot = beginning(checkpointed);
            Path directory = ports.directory().resolve("store");
            boolean otherLog = snapshot != null && restore(snapshot, directory);
            store = ports.stores().open(directory, setup.layout(), owned);
            opened.push(store.state());
            checks = new ContentChecks(store.state(), ports.scans());
            opened.push(checks);
            learner = Learner.open(setup.learner(), store.state(), device, exchange);
            opened.push(learner);
            if (otherLog) {
                learner.beginLog();
            }
            feed = setup.leads()
                    ? ports.feeds()
                            .open(
                                    new FeedAuthor(
                                            RepositoryId.of(repositoryId),
                                            incarnation,
                                            setup.identity().log()),
                                    store.state().tick())
                    : null;
            if (feed != null) {
                opened.push(feed);
            }
            if (checkpointed == null) {
                // Followers start from a snapshot: the first one is there before the first tick.
                publish(name(0) + "-start");
            }
            tellListeners();
        } catch (RuntimeException | Error e) {
            closeAfter(e);
            throw e;
        }
    }

    /**
     * Opens a learner; waits for the others.
     *
     * @param from the checkpoint to go on from; null: from a rollback, or an empty state
     * @throws PermanentFailure if the state cannot be gone on with as things are configured; what was opened is closed
     */
    public static LearnerCore open(LearnerSetup setup, LearnerPorts ports, @Nullable Checkpoint from) {
        return new LearnerCore(setup, ports, from);
    }

    /**
     * Name of the snapshot that a checkpoint names first.
     *
     * @throws PermanentFailure if it holds no learner's entry that can be read
     */
    public static String snapshotOf(Checkpoint checkpoint) {
        if (checkpoint.entries().isEmpty()) {
            throw new PermanentFailure("the restored checkpoint holds no state of the learner");
        }
        return new OpenTicks()
                .addEntry(checkpoint.entries().get(0), event -> false)
                .snapshot();
    }

    private void tellListeners() {
        if (!setup.leads()) {
            return;
        }
        for (LearnerListener listener : ports.listeners()) {
            // Before it opens: what it has taken when it fails is its own to give back.
            opened.push(listener::closed);
            listener.opened(store.state(), incarnation);
        }
    }

    /** Takes the open events that are this learner's; gives the snapshot that all entries name. */
    private String read(Checkpoint from) {
        String snapshot = null;
        for (byte[] entry : from.entries()) {
            OpenTicks.Origin origin =
                    open.addEntry(entry, event -> owned.contains(setup.layout().laneOf(event.user)));
            if (snapshot != null && !snapshot.equals(origin.snapshot())) {
                throw new PermanentFailure("the checkpoint names two snapshots, " + snapshot + " and "
                        + origin.snapshot() + ": it is not whole; restore another one");
            }
            if (!origin.repository().equals(repositoryId)) {
                throw new PermanentFailure("the checkpoint is of repository " + origin.repository() + ", "
                        + repository.address() + " is repository " + repositoryId
                        + ": set store.repository to that one, or start without the checkpoint");
            }
            snapshot = origin.snapshot();
        }
        if (snapshot == null) {
            throw new PermanentFailure("the restored checkpoint holds no state of the learner");
        }
        return snapshot;
    }

    /**
     * The snapshot to begin from: the checkpoint's; without a checkpoint that of a rollback, from whose frontier on the
     * log is read then; null for an empty state.
     */
    private @Nullable String beginning(@Nullable String checkpointed) {
        Optional<Rollbacks.Pending> rollback = repository.rollbacks().pending();
        if (rollback.isEmpty()) {
            return checkpointed;
        }
        String target = rollback.get().snapshot();
        if (checkpointed == null) {
            LOG.info("the state is rolled back to snapshot {}", target);
            return target;
        }
        long writer = Long.parseLong(repository.load(checkpointed).properties().getOrDefault("incarnation", "0"));
        if (writer <= rollback.get().lastIncarnation()) {
            throw new PermanentFailure("the checkpoint with snapshot " + checkpointed + " is of learner " + writer
                    + ", which was rolled back to snapshot " + target + ": start without a checkpoint");
        }
        return checkpointed;
    }

    /** Puts a snapshot's lanes in place; says whether its frontier is of another log, which was accepted. */
    private boolean restore(String snapshot, Path directory) {
        Manifest manifest = repository.load(snapshot);
        Map<String, String> properties = manifest.properties();
        boolean accepts = setup.accept().contains(Accepted.OTHER_TOPIC);
        setup.identity().require("snapshot " + snapshot, properties, accepts);
        String before = properties.getOrDefault("arithmetic", "");
        if (!before.equals(device.arithmetic())) {
            LOG.warn(
                    "snapshot {} was learned with {}, this machine computes with {}: the model goes on, but its bits"
                            + " are no longer those of one undisturbed run",
                    snapshot,
                    before,
                    device.arithmetic());
        }
        repository.restore(manifest, directory, owned);
        if (setup.leads()) {
            repository.commit(snapshot);
        }
        properties.forEach((key, value) -> {
            if (key.startsWith(ACCEPTED)) {
                accepted.put(key, value);
            }
        });
        LOG.info("learner {} goes on from snapshot {} at tick {}", setup.subtask(), snapshot, manifest.tick());
        String mark = StateIdentity.formerLog(manifest.tick());
        if (setup.identity().isOfAnotherLog(properties)) {
            accepted.put(mark, String.valueOf(properties.get(StateIdentity.PREFIX + StateIdentity.LOG)));
            open.beginLog();
        }
        // Until a tick is learned, snapshots have the former log's frontier.
        return accepted.containsKey(mark);
    }

    /** Holds an event, or the place of a record that is none, until its tick is closed. */
    public void take(TickedEvent event) {
        if (event.isNote()) {
            accepted.put(ACCEPTED + event.tick + ".partition-" + event.partition, event.subject);
        }
        open.add(event);
    }

    /**
     * Learns the ticks that end by a watermark.
     *
     * @param watermark last millisecond of a tick, on the log's clock
     * @param out gets what was learned, tick by tick
     * @throws PermanentFailure if the store was found to be damaged since
     */
    public void close(long watermark, Consumer<TickOutcome> out) {
        checks.requireWhole();
        TreeMap<Long, TreeMap<Integer, Long>> mine = open.closedBy(watermark, setup.tickMillis());
        agreement
                .agree(mine, store.state().tick(), learner.fingerprint())
                .forEach((tick, maxOffsets) -> out.accept(learn(tick, maxOffsets)));
    }

    private TickOutcome learn(long tick, Map<Integer, Long> maxOffsets) {
        if (tick <= store.state().tick()) {
            throw new IllegalStateException("tick " + tick + " came after tick "
                    + store.state().tick() + " was learned: the watermark and the tick clock disagree");
        }
        List<LogEvent> events = open.remove(tick).stream()
                .filter(one -> one.event)
                .map(TickedEvent::toLogEvent)
                .toList();
        TickOutcome outcome = learner.learn(tick, events, maxOffsets);
        checks.applied(outcome.applied());
        AppliedTick applied = gathering.gather(outcome.applied());
        if (feed != null) {
            feed.publish(tick, applied, outcome.changes().frontier());
            ports.listeners().forEach(listener -> listener.ticked(outcome.changes()));
        }
        return outcome;
    }

    /**
     * Cuts a snapshot of this learner's lanes.
     *
     * @param savepoint whether it is never to expire
     * @throws PermanentFailure if the store is not what was published of it, or was found to be damaged
     */
    public Cut cut(long checkpoint, boolean savepoint) {
        String name = name(checkpoint);
        byte[] entry = open.toEntry(repositoryId, name);
        PendingSnapshot cut = cut(name, savepoint);
        return new Cut(entry, cut::upload, cut::discard);
    }

    private PendingSnapshot cut(String name, boolean savepoint) {
        checks.requireWhole();
        learner.writeOwnState();
        Map<String, String> properties = new TreeMap<>(setup.properties());
        properties.putAll(setup.learner().model().toProperties());
        properties.putAll(setup.identity().toProperties());
        properties.putAll(accepted);
        properties.put("arithmetic", device.arithmetic());
        properties.put("device", device.name());
        properties.put("incarnation", Long.toString(incarnation));
        if (savepoint) {
            properties.put(Manifest.SAVEPOINT, "true");
        }
        Map<Integer, Long> offsets = feed == null ? Map.of() : feed.flush();
        PendingSnapshot cut =
                repository.prepare(store.cuts(), ports.directory().resolve("cuts"), name, properties, offsets);
        try {
            checks.requirePublished(name, cut.digests());
            return cut;
        } catch (RuntimeException e) {
            try {
                cut.discard();
            } catch (RuntimeException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    /** A checkpoint is complete. */
    public void completed(long checkpoint) {
        if (setup.leads()) {
            commits.commit(name(checkpoint));
        }
        checks.scan(checkpoint);
    }

    /** A checkpoint will not be complete. */
    public void aborted(long checkpoint) {
        commits.abort(name(checkpoint));
    }

    /**
     * The log ended: what is open is learned, and what was learned behind the last checkpoint is kept as a snapshot of
     * its own. Waits for the others, and for the repository.
     */
    public void end(Consumer<TickOutcome> out) {
        close(Long.MAX_VALUE, out);
        publish(name(0) + "-end");
    }

    /** Takes a snapshot outside of any checkpoint, together with the others. */
    private void publish(String snapshot) {
        cut(snapshot, false).upload();
        // All parts are uploaded when everybody has come here.
        agreed(0);
        if (setup.leads()) {
            repository.commit(snapshot);
        }
    }

    /** Waits for all learners; gives what the one that leads brought. */
    private long agreed(long mine) {
        byte[] given = ByteBuffer.allocate(8).putLong(mine).array();
        return ByteBuffer.wrap(exchange.allGather(given)[0]).getLong();
    }

    /** Name of the snapshot that a checkpoint of this incarnation makes. */
    private String name(long checkpoint) {
        return String.format(Locale.ROOT, "learner-%06d-checkpoint-%06d", incarnation, checkpoint);
    }

    /** Identity of the repository that this learner's snapshots go to. */
    public String repository() {
        return repositoryId;
    }

    /** Number of this start of the learner. */
    public long incarnation() {
        return incarnation;
    }

    /** Last tick learned; -1 before the first. */
    public long tick() {
        return store.state().tick();
    }

    /** Counts and quality as of the last tick. */
    public TickReport report() {
        return learner.report();
    }

    /** Records of open ticks that are held. */
    public int openRecords() {
        return open.records();
    }

    /** Snapshots of completed checkpoints that are not committed yet. */
    public int pendingCommits() {
        return commits.pending();
    }

    /** Commits that failed in the background. */
    public long repositoryFailures() {
        return commits.failures();
    }

    /** Times that what nobody needs could not be removed from the repository. */
    public long repositoryCleanupFailures() {
        return commits.cleanupFailures();
    }

    /** Lanes that were read as a whole and found to be what they were, one with every checkpoint. */
    public long contentScans() {
        return checks.scans();
    }

    /** Checkpoints without such a scan: the one before was still under way. */
    public long skippedContentScans() {
        return checks.skipped();
    }

    /** Lanes whose content did not have its digest. */
    public long digestMismatches() {
        return checks.mismatches();
    }

    /** The store that is learned in. */
    public LearnerPorts.Store store() {
        return store;
    }

    /** Whether a subject's events are this learner's. */
    public boolean owns(long user) {
        return owned.contains(setup.layout().laneOf(user));
    }

    private void closeAfter(Throwable failure) {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception | Error e) {
                failure.addSuppressed(e);
            }
        }
    }

    @Override
    public void close() {
        IllegalStateException failure = new IllegalStateException("the learner could not be closed cleanly");
        closeAfter(failure);
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }
}
