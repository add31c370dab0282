package io.freshet.job;

import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.store.StoreLayout;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.PendingSnapshot;
import io.freshet.store.snapshot.SnapshotRepository;
import io.freshet.train.Learner;
import io.freshet.train.LogEvent;
import io.freshet.train.TickOutcome;
import io.freshet.train.TickReport;
import java.io.IOException;
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

    private final JobConfig config;
    private final SnapshotRepository repository;
    private final long incarnation;
    private final Path directory;
    private final DirectoryLock repositoryLock;
    private final DirectoryLock directoryLock;
    private final Device device;
    private final RocksStore store;
    private final Learner learner;
    private final ChangeFeed feed;
    private final List<LearnerExtension> extensions;

    private LearnerState(JobConfig config, DirectoryLock repositoryLock, @Nullable String snapshot) throws IOException {
        this.repositoryLock = repositoryLock;
        this.config = config;
        Path root = Path.of(config.repository());
        repository = new SnapshotRepository(root);
        repository.removeAbandonedCuts();
        incarnation = nextIncarnation(root);
        Files.createDirectories(Path.of(config.stateDirectory()));
        removeOrphans(Path.of(config.stateDirectory()));
        directory = Files.createTempDirectory(Path.of(config.stateDirectory()), "learner-" + incarnation + "-");
        directoryLock = DirectoryLock.take(directory, "working directory");
        Path storeDirectory = directory.resolve("store");
        StoreLayout layout = new StoreLayout(
                config.lanes(), JobConfig.KEY_GROUPS, config.learner().model().width(), config.historyLength());
        device = CpuDevices.best();
        if (snapshot != null) {
            Manifest manifest = repository.load(snapshot);
            requireSameArithmetic(manifest);
            repository.restore(manifest, storeDirectory);
            repository.commit(snapshot);
            LOG.info("learner {} goes on from snapshot {} at tick {}", incarnation, snapshot, manifest.tick());
        } else {
            LOG.info("learner {} begins with an empty state", incarnation);
        }
        store = RocksStore.open(storeDirectory, layout, StoreOptions.learner());
        learner = Learner.open(config.learner(), store, device);
        feed = new ChangeFeed(config, incarnation, store.tick());
        if (snapshot == null) {
            // Followers start from a snapshot: the first one is empty, and is there before the first tick.
            String start = name(0) + "-start";
            cut(start).run();
            repository.commit(start);
        }
        extensions = ServiceLoader.load(LearnerExtension.class, LearnerState.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
        extensions.forEach(extension -> extension.opened(config, store, incarnation));
    }

    /** Working directories of learners that were killed: nobody holds their lock any more. */
    private static void removeOrphans(Path stateDirectory) throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(stateDirectory, "learner-*")) {
            for (Path orphan : all) {
                Optional<DirectoryLock> lock = DirectoryLock.tryTake(orphan);
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

    /** Opens the learner's state; the repository belongs to it until it is closed. */
    static LearnerState open(JobConfig config, @Nullable String snapshot) throws IOException {
        Path root = Files.createDirectories(Path.of(config.repository()));
        DirectoryLock lock = DirectoryLock.take(root, "snapshot repository");
        try {
            return new LearnerState(config, lock, snapshot);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
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

    /** A number that rises with every start of a learner on this repository. */
    private static long nextIncarnation(Path repository) throws IOException {
        Path counter = repository.resolve("incarnation");
        long last =
                Files.exists(counter) ? Long.parseLong(Files.readString(counter).strip()) : 0;
        Path writing = repository.resolve("incarnation.writing");
        Files.writeString(writing, Long.toString(last + 1));
        Files.move(
                writing,
                counter,
                java.nio.file.StandardCopyOption.ATOMIC_MOVE,
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        return last + 1;
    }

    /** Learns from a tick, publishes what it changed, and tells the extensions. */
    TickReport learn(long tick, List<LogEvent> events, Map<Integer, Long> passed) {
        TickOutcome outcome = learner.learn(tick, events, passed);
        feed.publish(outcome);
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

    /** Cuts a snapshot; what is returned uploads it, on any thread. */
    Runnable cut(String name) {
        learner.writeOwnState();
        Map<String, String> properties = config.learner().model().toProperties();
        properties.put("arithmetic", device.arithmetic());
        properties.put("device", device.name());
        properties.put("incarnation", Long.toString(incarnation));
        PendingSnapshot pending = repository.prepare(store, name, properties, feed.flush());
        return pending::upload;
    }

    void commit(String name) {
        repository.commit(name);
        repository.expire(config.keepSnapshots());
    }

    void abort(String name) {
        repository.abort(name);
    }

    @Override
    public void close() {
        extensions.forEach(LearnerExtension::closed);
        feed.close();
        learner.close();
        store.close();
        device.close();
        try {
            directoryLock.close();
            repositoryLock.close();
            delete(directory);
        } catch (IOException e) {
            LOG.warn("the working directory {} could not be removed; it may be deleted by hand", directory, e);
        }
    }
}
