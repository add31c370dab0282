package io.freshet.job;

import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.store.AppliedTick;
import io.freshet.store.DirectoryLock;
import io.freshet.store.LaneRange;
import io.freshet.store.LocalDirectory;
import io.freshet.store.StoreLayout;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.PendingSnapshot;
import io.freshet.store.snapshot.Retention;
import io.freshet.store.snapshot.Rollbacks;
import io.freshet.store.snapshot.SnapshotRepository;
import io.freshet.train.Exchange;
import io.freshet.train.Learner;
import io.freshet.train.LogEvent;
import io.freshet.train.TickOutcome;
import io.freshet.train.TickReport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The learner, its store and its snapshots, for one incarnation: opened from a snapshot or empty, closed with the task.
 * The working directory is new every time; nothing of an earlier incarnation is read but the snapshot.
 */
final class LearnerState implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LearnerState.class);

    /** Property of a snapshot: the key of its hashed ids. */
    static final String ID_KEY = "id-key";

    private final JobConfig config;
    private final SnapshotRepository repository;
    private final long incarnation;
    private final Path directory;
    private final boolean leads;
    /** The leader's, if the repository is on this machine. */
    private final @Nullable DirectoryLock repositoryLock;

    private final DirectoryLock directoryLock;
    private final LaneRange held;
    private final Device device;
    private final RocksStore store;
    private final Learner learner;
    private final @Nullable ChangeFeed feed;
    private final Exchange exchange;
    private final TickGathering gathering;
    private final List<LearnerExtension> extensions;

    private LearnerState(
            JobConfig config,
            @Nullable DirectoryLock repositoryLock,
            @Nullable String checkpointed,
            Exchange exchange,
            int subtask)
            throws IOException {
        this.repositoryLock = repositoryLock;
        this.config = config;
        this.exchange = exchange;
        leads = subtask == 0;
        // First, since it may be missing: nothing is held yet.
        device = CpuDevices.of(config.precision());
        repository = new RepositoryAddress(config.repository()).open();
        if (leads) {
            repository.removeAbandonedUploads();
        }
        incarnation = agreed(exchange, leads ? repository.nextIncarnation() : 0);
        Path working = LocalDirectory.create(Path.of(config.stateDirectory()));
        removeOrphans(working, "learner-" + subtask + "-");
        for (int former = config.parallelism(); leads && former < config.lanes(); former++) {
            removeOrphans(working, "learner-" + former + "-");
        }
        directory = Files.createTempDirectory(working, "learner-" + subtask + "-");
        directoryLock = DirectoryLock.take(directory, "working directory", purpose(config));
        Path storeDirectory = directory.resolve("store");
        StoreLayout layout = new StoreLayout(
                config.lanes(), JobConfig.KEY_GROUPS, config.learner().model().width(), config.historyLength());
        held = exchange.owned(config.lanes());
        gathering = new TickGathering(exchange, config.lanes());
        String snapshot = beginning(checkpointed);
        if (snapshot != null) {
            Manifest manifest = repository.load(snapshot);
            requireSameIds(manifest);
            requireSameArithmetic(manifest);
            repository.restore(manifest, storeDirectory, held);
            if (leads) {
                repository.commit(snapshot);
            }
            LOG.info("learner {} goes on from snapshot {} at tick {}", subtask, snapshot, manifest.tick());
        } else {
            LOG.info("learner {} begins with an empty state", subtask);
        }
        store = RocksStore.open(storeDirectory, layout, held, StoreOptions.learner());
        learner = Learner.open(config.learner(), store, device, exchange);
        feed = leads ? new ChangeFeed(config, incarnation, store.tick()) : null;
        if (checkpointed == null) {
            // Followers start from a snapshot: the first one is there before the first tick.
            publish(name(0) + "-start");
        }
        extensions = leads
                ? ServiceLoader.load(LearnerExtension.class, LearnerState.class.getClassLoader()).stream()
                        .map(ServiceLoader.Provider::get)
                        .toList()
                : List.of();
        extensions.forEach(extension -> extension.opened(config, store, incarnation));
    }

    /** What this process does, for whoever finds its locks. */
    private static String purpose(JobConfig config) {
        return "learns topic " + config.eventsTopic() + " of " + config.bootstrapServers();
    }

    /** Working directories of learners that were killed: nobody holds their lock any more. */
    private static void removeOrphans(Path stateDirectory, String prefix) throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(stateDirectory, prefix + "*")) {
            for (Path orphan : all) {
                Optional<DirectoryLock> lock = DirectoryLock.tryTake(orphan, "removes what a killed learner left");
                if (lock.isPresent()) {
                    lock.get().close();
                    delete(orphan);
                    LOG.info("removed {}, which a killed learner left behind", orphan);
                }
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : all) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Opens the state of the learner that publishes and takes snapshots; the repository belongs to it until closed. */
    static LearnerState lead(JobConfig config, @Nullable String snapshot, Exchange exchange) throws IOException {
        Optional<Path> root = new RepositoryAddress(config.repository()).local();
        DirectoryLock lock = root.isPresent()
                ? DirectoryLock.take(LocalDirectory.create(root.get()), "snapshot repository", purpose(config))
                : null;
        try {
            return new LearnerState(config, lock, snapshot, exchange, 0);
        } catch (IOException | RuntimeException e) {
            if (lock != null) {
                lock.close();
            }
            throw e;
        }
    }

    /** Opens the state of a learner that owns some lanes, and no more. */
    static LearnerState assist(JobConfig config, @Nullable String snapshot, Exchange exchange, int subtask)
            throws IOException {
        return new LearnerState(config, null, snapshot, exchange, subtask);
    }

    /**
     * The snapshot to begin from: the checkpoint's; without a checkpoint that of a rollback, from whose frontier on
     * {@link LearnerJob} then has the log read; null for an empty state.
     *
     * @throws IllegalStateException if the checkpoint is of a learner that was rolled back
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
            throw new IllegalStateException("the checkpoint with snapshot " + checkpointed + " is of learner " + writer
                    + ", which was rolled back to snapshot " + target + ": start without a checkpoint");
        }
        return checkpointed;
    }

    /** Takes a snapshot outside of any checkpoint; all learners call this, and wait for each other. */
    private void publish(String snapshot) {
        cut(snapshot).run();
        // All parts are uploaded when everybody has come here.
        agreed(exchange, 0);
        if (leads) {
            repository.commit(snapshot);
        }
    }

    /** The log ended: what was learned behind the last checkpoint is kept as a snapshot of its own. */
    void end() {
        publish(name(0) + "-end");
    }

    /** Waits for all learners; gives what the one that leads brought. */
    private static long agreed(Exchange exchange, long mine) {
        byte[] given = ByteBuffer.allocate(8).putLong(mine).array();
        return ByteBuffer.wrap(exchange.share(given)[0]).getLong();
    }

    private void requireSameIds(Manifest manifest) {
        String before = manifest.properties().getOrDefault(ID_KEY, "");
        if (!before.equals(config.ids().key())) {
            throw new IllegalStateException("snapshot " + manifest.id() + " has ids under "
                    + (before.isEmpty() ? "no key" : "the key " + before) + ", freshet.store.id-key is "
                    + config.ids().key() + ": the key is fixed when a store is created. Set the snapshot's key,"
                    + " or begin without a checkpoint in a new repository");
        }
    }

    private void requireSameArithmetic(Manifest manifest) {
        String before = manifest.properties().getOrDefault("arithmetic", "");
        if (!before.equals(device.arithmetic())) {
            LOG.warn(
                    "snapshot {} was learned with {}, this machine computes with {}: the model goes on, but its bits"
                            + " are no longer those of one undisturbed run",
                    manifest.id(),
                    before,
                    device.arithmetic());
        }
    }

    /** Learns from a tick, publishes what it changed, and tells the extensions. */
    TickReport learn(long tick, List<LogEvent> events, Map<Integer, Long> passed) {
        TickOutcome outcome = learner.learn(tick, events, passed);
        AppliedTick applied = gathering.gather(outcome.applied());
        if (feed != null) {
            feed.publish(outcome.changes().tick(), applied);
        }
        extensions.forEach(extension -> extension.ticked(outcome.changes()));
        return outcome.report();
    }

    RocksStore store() {
        return store;
    }

    Learner learner() {
        return learner;
    }

    /** Name of the snapshot that a checkpoint of this incarnation makes. */
    String name(long checkpointId) {
        return String.format(java.util.Locale.ROOT, "learner-%06d-checkpoint-%06d", incarnation, checkpointId);
    }

    /** Cuts this learner's part of a snapshot; what is returned uploads it, on any thread. */
    Runnable cut(String name) {
        return cut(name, false);
    }

    /**
     * The same for a checkpoint that may be a savepoint; then the snapshot gets the tag {@code savepoint-<name>} when
     * it is committed, and does not expire.
     */
    Runnable cut(String name, boolean savepoint) {
        learner.writeOwnState();
        Map<String, String> properties = config.learner().model().toProperties();
        properties.put(ID_KEY, config.ids().key());
        properties.put("arithmetic", device.arithmetic());
        properties.put("device", device.name());
        properties.put("incarnation", Long.toString(incarnation));
        if (savepoint) {
            properties.put(Manifest.SAVEPOINT, "true");
        }
        Map<Integer, Long> feedOffsets = feed == null ? Map.of() : feed.flush();
        PendingSnapshot pending = repository.prepare(store, directory.resolve("cuts"), name, properties, feedOffsets);
        return pending::upload;
    }

    /**
     * Commits the snapshot of a completed checkpoint; a rollback that this learner began from is completed by it, and
     * older snapshots may expire. Where the newest is another (the log had ended, and the job came back to this
     * checkpoint), none does: it could be this one, which a restart needs.
     */
    void commit(String name) {
        if (repository.rollbacks().pending().isPresent()) {
            repository.rollbacks().complete();
        }
        repository.commit(name);
        if (repository.latest().filter(newest -> newest.id().equals(name)).isPresent()) {
            long age = config.keepMillis() == 0 ? Long.MAX_VALUE : config.keepMillis();
            repository.expire(new Retention(config.keepSnapshots(), age), System.currentTimeMillis());
        }
    }

    void abort(String name) {
        repository.abort(name);
    }

    @Override
    public void close() {
        extensions.forEach(LearnerExtension::closed);
        if (feed != null) {
            feed.close();
        }
        learner.close();
        store.close();
        device.close();
        try {
            directoryLock.close();
            if (repositoryLock != null) {
                repositoryLock.close();
            }
            delete(directory);
        } catch (IOException e) {
            LOG.warn("the working directory {} could not be removed; it may be deleted by hand", directory, e);
        }
    }
}
