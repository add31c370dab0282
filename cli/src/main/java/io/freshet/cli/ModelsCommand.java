package io.freshet.cli;

import io.freshet.store.RowChange;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists, shows, compares and names a learner's snapshots. */
@Command(
        name = "models",
        description = "Lists, shows, compares and names a learner's snapshots.",
        mixinStandardHelpOptions = true,
        subcommands = {
            ModelsCommand.Ls.class,
            ModelsCommand.Show.class,
            ModelsCommand.Diff.class,
            ModelsCommand.Tag.class,
            ModelsCommand.Untag.class
        })
final class ModelsCommand {
    private ModelsCommand() {}

    /** Where the snapshots are, and which of them is meant. */
    static final class Repository {
        @Option(names = "--repository", required = true, description = "the learner's snapshot repository")
        private Path directory = Path.of(".");

        SnapshotRepository open() {
            if (!Files.isDirectory(directory)) {
                throw new IllegalStateException("there is no snapshot repository at " + directory);
            }
            return new SnapshotRepository(directory);
        }

        /** A snapshot by its own name or by a tag; {@code latest} is the newest. */
        Manifest find(String name) {
            SnapshotRepository snapshots = open();
            if (name.equals("latest")) {
                return snapshots
                        .latest()
                        .orElseThrow(() -> new IllegalStateException("no snapshot is committed yet in " + directory));
            }
            return snapshots.load(snapshots.tags().all().getOrDefault(name, name));
        }
    }

    /** Lists snapshots. */
    @Command(name = "ls", description = "Lists committed snapshots, oldest first.", mixinStandardHelpOptions = true)
    static final class Ls implements Callable<Integer> {
        @Mixin
        private Repository repository = new Repository();

        @Override
        public Integer call() {
            SnapshotRepository snapshots = repository.open();
            Map<String, String> names = new HashMap<>();
            snapshots.tags().all().forEach((tag, id) -> names.merge(id, tag, (a, b) -> a + "," + b));
            System.out.printf("%-44s %14s %12s  %s%n", "snapshot", "tick", "bytes", "tags");
            for (Manifest manifest : snapshots.list()) {
                System.out.printf(
                        "%-44s %14d %,12d  %s%n",
                        manifest.id(), manifest.tick(), bytes(manifest), names.getOrDefault(manifest.id(), ""));
            }
            return 0;
        }
    }

    private static long bytes(Manifest manifest) {
        return manifest.files().stream().mapToLong(Manifest.StoredFile::bytes).sum();
    }

    /** Shows one snapshot. */
    @Command(name = "show", description = "Shows what a snapshot holds.", mixinStandardHelpOptions = true)
    static final class Show implements Callable<Integer> {
        @Mixin
        private Repository repository = new Repository();

        @Parameters(description = "name, tag, or 'latest'", defaultValue = "latest")
        private String name = "";

        @Override
        public Integer call() {
            Manifest m = repository.find(name);
            System.out.println("snapshot     " + m.id());
            System.out.println("tick         " + m.tick());
            System.out.println("log offsets  " + m.frontier());
            System.out.println("feed offsets " + m.feedOffsets());
            System.out.println("layout       " + m.layout());
            System.out.printf("files        %d, %,d bytes%n", m.files().size(), bytes(m));
            for (int lane = 0; lane < m.digests().size(); lane++) {
                System.out.println("lane " + lane + "       " + m.digests().get(lane));
            }
            m.properties().forEach((key, value) -> System.out.println(key + " = " + value));
            return 0;
        }
    }

    /** Compares two snapshots. */
    @Command(name = "diff", description = "Compares two snapshots.", mixinStandardHelpOptions = true)
    static final class Diff implements Callable<Integer> {
        @Mixin
        private Repository repository = new Repository();

        @Parameters(index = "0", description = "name, tag, or 'latest'")
        private String before = "";

        @Parameters(index = "1", description = "name, tag, or 'latest'", defaultValue = "latest")
        private String after = "";

        @Override
        public Integer call() throws Exception {
            Manifest a = repository.find(before);
            Manifest b = repository.find(after);
            System.out.println("ticks " + a.tick() + " to " + b.tick());
            long lanes = 0;
            for (int lane = 0; lane < a.digests().size() && lane < b.digests().size(); lane++) {
                lanes += a.digests().get(lane).equals(b.digests().get(lane)) ? 1 : 0;
            }
            System.out.println("lanes with the same digest: " + lanes + " of "
                    + a.digests().size());
            Map<String, String> changed = new TreeMap<>();
            b.properties().forEach((key, value) -> {
                if (!value.equals(a.properties().get(key))) {
                    changed.put(key, a.properties().get(key) + " -> " + value);
                }
            });
            changed.forEach((key, value) -> System.out.println(key + ": " + value));
            Map<Long, float[]> rows = rows(a);
            long[] counts = new long[3];
            double[] distance = new double[1];
            rows(b).forEach((item, row) -> {
                float[] old = rows.remove(item);
                if (old == null) {
                    counts[0]++;
                } else if (!java.util.Arrays.equals(old, row)) {
                    counts[1]++;
                    distance[0] += distance(old, row);
                }
            });
            System.out.printf(
                    "items: %,d added, %,d removed, %,d with another row (mean distance %.4f)%n",
                    counts[0], rows.size(), counts[1], distance[0] / Math.max(1, counts[1]));
            return 0;
        }

        private static double distance(float[] a, float[] b) {
            double sum = 0;
            for (int i = 0; i < a.length; i++) {
                sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
            }
            return Math.sqrt(sum);
        }

        private Map<Long, float[]> rows(Manifest manifest) throws Exception {
            Path directory = Files.createTempDirectory("freshet-diff-");
            try {
                repository.open().restore(manifest, directory);
                Map<Long, float[]> rows = new TreeMap<>();
                try (RocksStore store = RocksStore.open(directory, manifest.layout(), StoreOptions.learner())) {
                    store.forEachRow((RowChange change) ->
                            rows.put(change.row().item(), change.row().embedding()));
                }
                return rows;
            } finally {
                Directories.delete(directory);
            }
        }
    }

    /** Names a snapshot. */
    @Command(
            name = "tag",
            description = "Names a snapshot; a tagged one does not expire.",
            mixinStandardHelpOptions = true)
    static final class Tag implements Callable<Integer> {
        @Mixin
        private Repository repository = new Repository();

        @Parameters(index = "0", description = "the tag")
        private String tag = "";

        @Parameters(index = "1", description = "name, another tag, or 'latest'", defaultValue = "latest")
        private String name = "";

        @Override
        public Integer call() {
            Manifest manifest = repository.find(name);
            repository.open().tags().set(tag, manifest);
            System.out.println(tag + " is " + manifest.id() + " at tick " + manifest.tick());
            return 0;
        }
    }

    /** Takes a name away. */
    @Command(name = "untag", description = "Takes a tag away.", mixinStandardHelpOptions = true)
    static final class Untag implements Callable<Integer> {
        @Mixin
        private Repository repository = new Repository();

        @Parameters(description = "the tag")
        private String tag = "";

        @Override
        public Integer call() {
            if (!repository.open().tags().remove(tag)) {
                throw new IllegalStateException("there is no tag " + tag);
            }
            return 0;
        }
    }

    /** Checks the files of all snapshots. */
    @Command(
            name = "verify",
            description = "Checks every file of every committed snapshot against its manifest.",
            mixinStandardHelpOptions = true)
    static final class Verify implements Callable<Integer> {
        @Mixin
        private Repository repository = new Repository();

        @Override
        public Integer call() {
            int damaged = 0;
            for (Manifest manifest : repository.open().list()) {
                List<String> problems = repository.open().verify(manifest);
                damaged += problems.isEmpty() ? 0 : 1;
                System.out.printf(
                        "%-44s tick %d  %s%n", manifest.id(), manifest.tick(), problems.isEmpty() ? "ok" : "DAMAGED");
                problems.forEach(problem -> System.out.println("    " + problem));
            }
            return damaged == 0 ? 0 : 1;
        }
    }
}
