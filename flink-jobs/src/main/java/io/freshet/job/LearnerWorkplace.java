package io.freshet.job;

import io.freshet.job.config.JobConfig;
import io.freshet.job.core.LearnerListener;
import io.freshet.job.core.LearnerPorts;
import io.freshet.job.core.LearnerSetup;
import io.freshet.job.core.PermanentFailure;
import io.freshet.job.core.StateIdentity;
import io.freshet.job.feed.KafkaLearnerFeed;
import io.freshet.job.repository.RepositoryAddress;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.TickChanges;
import io.freshet.store.directory.DirectoryLock;
import io.freshet.store.directory.LocalDirectory;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.train.exchange.Exchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a learner's core stands on in a Flink task: a working directory of its own, RocksDB, the change feed on Kafka, a
 * thread for commits and one for scans of the store. The working directory is new every time; nothing of an earlier
 * incarnation is read but its snapshot. The repository, if it is on this machine, belongs to the learner that leads
 * until this is closed.
 */
final class LearnerWorkplace implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LearnerWorkplace.class);
    private static final long PATIENCE_SECONDS = 10;
    private static final int LOCK_ATTEMPTS = 16;
    private static final long LOCK_PAUSE_MILLIS = 250;

    private final JobConfig config;
    private final String topicId;
    private final int subtask;
    private final Exchange exchange;
    /** What has to be let go of, last taken first. */
    private final Deque<AutoCloseable> taken = new ArrayDeque<>();

    private final Path directory;
    private final ExecutorService background;
    private final ExecutorService scans;

    /**
     * Takes everything; what was taken is let go of if anything cannot be.
     *
     * @param topicId id of the topic that is read
     * @throws PermanentFailure if somebody else works on the repository
     */
    LearnerWorkplace(JobConfig config, String topicId, int subtask, Exchange exchange) throws IOException {
        this.config = config;
        this.topicId = topicId;
        this.subtask = subtask;
        this.exchange = exchange;
        try {
            lockRepository();
            directory = workingDirectory();
            background = thread("freshet-commits");
            taken.push(() -> end(background, "a commit did not end in time; the next start finds it pending"));
            scans = thread("freshet-content-scans");
            taken.push(() -> end(scans, "a scan of the store did not end in time"));
        } catch (IOException | RuntimeException e) {
            letGo(e);
            throw e;
        }
    }

    private static ExecutorService thread(String name) {
        return Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    private void lockRepository() throws IOException {
        Optional<Path> root = new RepositoryAddress(config.store().repository()).local();
        if (subtask == 0 && root.isPresent()) {
            taken.push(lock(LocalDirectory.create(root.get()), "snapshot repository", purpose(config)));
        }
    }

    /**
     * Refuses a second learner before anything of its job runs: its source would write the dead letters once more.
     *
     * @throws PermanentFailure naming the process that works on the repository
     */
    static void requireFree(JobConfig config) {
        Optional<Path> root = new RepositoryAddress(config.store().repository()).local();
        if (root.isEmpty() || !Files.isDirectory(root.get())) {
            return;
        }
        try {
            lock(root.get(), "snapshot repository", purpose(config)).close();
        } catch (IOException e) {
            throw new UncheckedIOException("the snapshot repository " + root.get() + " cannot be used", e);
        }
    }

    /** Takes a directory; its holder may be just about to end. */
    private static DirectoryLock lock(Path at, String what, String purpose) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return DirectoryLock.take(at, what, purpose);
            } catch (IllegalStateException e) {
                if (attempt == LOCK_ATTEMPTS) {
                    throw new PermanentFailure(String.valueOf(e.getMessage()), e);
                }
            }
            try {
                TimeUnit.MILLISECONDS.sleep(LOCK_PAUSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for " + at, e);
            }
        }
    }

    /** What this process does, for whoever finds its locks. */
    private static String purpose(JobConfig config) {
        return "learns topic " + config.topics().events() + " of "
                + config.kafka().bootstrapServers();
    }

    private Path workingDirectory() throws IOException {
        Path working = LocalDirectory.create(Path.of(config.store().stateDirectory()));
        removeOrphans(working, "learner-" + subtask + "-");
        for (int former = config.parallelism();
                subtask == 0 && former < config.store().lanes();
                former++) {
            removeOrphans(working, "learner-" + former + "-");
        }
        Path made = Files.createTempDirectory(working, "learner-" + subtask + "-");
        taken.push(() -> LocalDirectory.delete(made));
        taken.push(DirectoryLock.take(made, "working directory", purpose(config)));
        return made;
    }

    /** Working directories of learners that were killed: nobody holds their lock any more. */
    private static void removeOrphans(Path stateDirectory, String prefix) throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(stateDirectory, prefix + "*")) {
            for (Path orphan : all) {
                Optional<DirectoryLock> lock = DirectoryLock.tryTake(orphan, "removes what a killed learner left");
                if (lock.isPresent()) {
                    lock.get().close();
                    LocalDirectory.delete(orphan);
                    LOG.info("removed {}, which a killed learner left behind", orphan);
                }
            }
        }
    }

    /** How the learner is set up. */
    LearnerSetup setup() {
        return new LearnerSetup(
                subtask,
                config.layout(),
                config.clock().tickMillis(),
                config.learner(),
                identity(config, topicId),
                Map.of(JobConfig.ID_KEY, config.store().ids().key()),
                config.store().retention(),
                config.accept());
    }

    /** What a state is made from and cannot be changed under it. */
    static StateIdentity identity(JobConfig config, String topicId) {
        Map<String, String> entries = new TreeMap<>();
        entries.put(StateIdentity.LOG, topicId);
        entries.put("topics.events", config.topics().events());
        entries.put("tick.length", config.clock().tickMillis() + " ms");
        entries.put("store.lanes", Integer.toString(config.store().lanes()));
        entries.put("store.history-length", Integer.toString(config.store().historyLength()));
        entries.put("store.id-key", config.store().ids().key());
        entries.putAll(config.learner().model().toProperties());
        return new StateIdentity(entries);
    }

    /** What its core stands on. */
    LearnerPorts ports() {
        return new LearnerPorts(
                exchange,
                config.store().openRepository(),
                directory,
                (at, layout, held) -> LearnerPorts.Store.of(RocksStore.open(at, layout, held, StoreOptions.learner())),
                (author, lastTick) -> new KafkaLearnerFeed(config, author, lastTick, System::currentTimeMillis),
                () -> CpuDevices.of(config.precision()),
                extensions(),
                background,
                scans,
                System::currentTimeMillis);
    }

    private List<LearnerListener> extensions() {
        return ServiceLoader.load(LearnerExtension.class, LearnerWorkplace.class.getClassLoader()).stream()
                .map(provider -> listener(provider.get()))
                .toList();
    }

    private LearnerListener listener(LearnerExtension extension) {
        return new LearnerListener() {
            @Override
            public void opened(EmbeddingStore store, long incarnation) {
                extension.opened(config, store, incarnation);
            }

            @Override
            public void ticked(TickChanges changes) {
                extension.ticked(changes);
            }

            @Override
            public void closed() {
                extension.closed();
            }
        };
    }

    private static void end(ExecutorService thread, String late) throws InterruptedException {
        thread.shutdown();
        if (!thread.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            LOG.warn(late);
            thread.shutdownNow();
        }
    }

    private void letGo(Throwable failure) {
        while (!taken.isEmpty()) {
            try {
                taken.pop().close();
            } catch (Exception e) {
                failure.addSuppressed(e);
            }
        }
    }

    @Override
    public void close() {
        IllegalStateException failure = new IllegalStateException("not everything could be let go of");
        letGo(failure);
        if (failure.getSuppressed().length > 0) {
            LOG.warn("the working directory {} may have to be deleted by hand", directory, failure);
        }
    }
}
