package io.freshet.job.core;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.freshet.job.records.RawRecord;
import io.freshet.job.records.TickedEvent;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.schema.Action;
import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EntityIds;
import io.freshet.store.AppliedTick;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.store.snapshot.LocalSnapshotFiles;
import io.freshet.store.snapshot.Retention;
import io.freshet.store.snapshot.SnapshotRepository;
import io.freshet.train.LearnerConfig;
import io.freshet.train.exchange.Exchange;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Learners' cores on a file system in memory; counts what they open and close, and fails where it is told to. */
final class CoreRig implements AutoCloseable {
    static final StoreLayout LAYOUT = new StoreLayout(4, 128, 8, 50);
    static final long TICK_MILLIS = 100;
    static final LearnerConfig CONFIG = LearnerConfig.tiny(8);

    private final FileSystem memory = Jimfs.newFileSystem(Configuration.unix());
    private final Path root = memory.getPath("/work");
    final FailingFiles files = new FailingFiles(new LocalSnapshotFiles(root.resolve("repository")));
    final SnapshotRepository repository = new SnapshotRepository(files, () -> 1000);

    /** What waits for the thread of commits. */
    final Deque<Runnable> background = new ArrayDeque<>();
    /** What waits for the thread of scans. */
    final Deque<Runnable> scans = new ArrayDeque<>();
    /** Digests of ticks as they were published first. */
    final TreeMap<Long, List<String>> published = new TreeMap<>();
    /** Frontiers of ticks, as they were published last. */
    final TreeMap<Long, Map<Integer, Long>> frontiers = new TreeMap<>();

    final TreeMap<String, Integer> opened = new TreeMap<>();
    final TreeMap<String, Integer> closed = new TreeMap<>();
    /** Ticks that the listener was told. */
    final List<Long> heard = new ArrayList<>();

    Map<String, String> identity =
            new TreeMap<>(Map.of(StateIdentity.LOG, "log-a", "tick.length", "100 ms", "width", "8", "history", "50"));
    Set<Accepted> accept = Set.of();
    String failsToOpen = "";
    private int directories;

    /** Opens the only learner. */
    LearnerCore open(LearnerCore.@Nullable Checkpoint from) {
        return open(from, Exchange.local());
    }

    LearnerCore open(LearnerCore.@Nullable Checkpoint from, Exchange exchange) {
        return LearnerCore.open(setup(exchange.self()), ports(exchange), from);
    }

    LearnerCore open(byte[]... entries) {
        return open(new LearnerCore.Checkpoint(List.of(entries)));
    }

    private LearnerSetup setup(int subtask) {
        return new LearnerSetup(
                subtask,
                LAYOUT,
                TICK_MILLIS,
                CONFIG,
                new StateIdentity(identity),
                Map.of("id-key", "k"),
                Retention.newest(2),
                accept);
    }

    private synchronized LearnerPorts ports(Exchange exchange) {
        Executor queue = background::add;
        return new LearnerPorts(
                exchange,
                repository,
                root.resolve("learner-" + directories++),
                (directory, layout, held) -> {
                    open("store");
                    InMemoryStore store = InMemoryStore.open(directory, layout, held, "test");
                    return new LearnerPorts.Store(counted(store), store);
                },
                (author, lastTick) -> {
                    open("feed");
                    return new Feed();
                },
                CpuDevices.scalar()::open,
                List.of(new Listener("listener-1"), new Listener("listener-2")),
                queue,
                scans::add,
                () -> 1000);
    }

    private synchronized void open(String what) {
        if (what.equals(failsToOpen)) {
            throw new IllegalStateException("planted: " + what);
        }
        began(what);
    }

    private synchronized void began(String what) {
        opened.merge(what, 1, Integer::sum);
    }

    private synchronized void closed(String what) {
        closed.merge(what, 1, Integer::sum);
    }

    /** A store whose closing is counted. */
    private EmbeddingStore counted(InMemoryStore store) {
        return (EmbeddingStore) Proxy.newProxyInstance(
                CoreRig.class.getClassLoader(), new Class<?>[] {EmbeddingStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        closed("store");
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause() == null ? e : e.getCause();
                    }
                });
    }

    private final class Feed implements LearnerFeed {
        @Override
        public void publish(long tick, AppliedTick applied, Map<Integer, Long> frontier) {
            List<String> digests = new ArrayList<>();
            for (byte[] digest : applied.digests()) {
                digests.add(HexFormat.of().formatHex(digest));
            }
            List<String> before = published.putIfAbsent(tick, digests);
            if (before != null && !before.equals(digests)) {
                throw new AssertionError("tick " + tick + " is published again with other bits");
            }
            frontiers.put(tick, new TreeMap<>(frontier));
        }

        @Override
        public Map<Integer, Long> flush() {
            return Map.of(0, (long) published.size());
        }

        @Override
        public void close() {
            closed("feed");
        }
    }

    private final class Listener implements LearnerListener {
        private final String name;

        Listener(String name) {
            this.name = name;
        }

        @Override
        public void opened(EmbeddingStore store, long incarnation) {
            // Before it fails: it is closed then, too.
            began(name);
            if (name.equals(failsToOpen)) {
                throw new IllegalStateException("planted: " + name);
            }
        }

        @Override
        public void ticked(TickChanges changes) {
            heard.add(changes.tick());
        }

        @Override
        public void closed() {
            CoreRig.this.closed(name);
        }
    }

    /** Cuts whose links are still there. */
    List<String> cuts() throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.startsWith("cut-"))
                    .toList();
        }
    }

    /** Runs what waits for the thread of commits. */
    void runBackground() {
        while (!background.isEmpty()) {
            background.remove().run();
        }
    }

    /** Cuts and uploads; gives the entry. */
    static byte[] cut(LearnerCore core, long checkpoint) {
        LearnerCore.Cut cut = core.cut(checkpoint, false);
        cut.upload().run();
        return cut.entry();
    }

    /** An event of the log. */
    static TickedEvent click(long tick, int partition, long offset, int user, int item) {
        RawRecord record = new RawRecord();
        record.partition = partition;
        record.offset = offset;
        record.timestamp = tick * TICK_MILLIS;
        BehaviourEvent event = BehaviourEvent.of(
                "e" + partition + "-" + offset, Action.CLICK, record.timestamp, "u" + user, "i" + item);
        return TickedEvent.of(tick, record, event, EntityIds.standard());
    }

    /** A heartbeat, or what was rejected. */
    static TickedEvent withoutEvent(long tick, int partition, long offset) {
        RawRecord record = new RawRecord();
        record.partition = partition;
        record.offset = offset;
        return TickedEvent.withoutEvent(tick, record);
    }

    /** Last millisecond of a tick. */
    static long end(long tick) {
        return (tick + 1) * TICK_MILLIS - 1;
    }

    @Override
    public void close() throws IOException {
        memory.close();
    }
}
