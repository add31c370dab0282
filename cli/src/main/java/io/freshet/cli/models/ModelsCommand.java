package io.freshet.cli.models;

import io.freshet.cli.options.ExitCode;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists, shows, compares and names a learner's snapshots. */
@Command(
        name = "models",
        description = "Lists, shows, compares and names a learner's snapshots, and goes back to one.",
        mixinStandardHelpOptions = true,
        subcommands = {
            ModelsCommand.Ls.class,
            ModelsCommand.Show.class,
            ModelsDiff.class,
            ModelsCommand.Tag.class,
            ModelsCommand.Untag.class,
            ModelsRollback.class
        })
public final class ModelsCommand {
    private ModelsCommand() {}

    /** Lists snapshots. */
    @Command(name = "ls", description = "Lists committed snapshots, oldest first.", mixinStandardHelpOptions = true)
    static final class Ls implements Callable<Integer> {
        @Mixin
        private RepositoryOption repository = new RepositoryOption();

        @Mixin
        private Output output = new Output();

        /** A line. */
        record Listed(String snapshot, long tick, long createdMillis, long bytes, List<String> tags) {}

        @Override
        public Integer call() throws Exception {
            SnapshotRepository snapshots = repository.open();
            Map<String, List<String>> names = new HashMap<>();
            snapshots
                    .tags()
                    .all()
                    .forEach((tag, id) ->
                            names.computeIfAbsent(id, key -> new ArrayList<>()).add(tag));
            List<Listed> all = snapshots.list().stream()
                    .map(m -> new Listed(
                            m.id(), m.tick(), m.createdMillis(), m.bytes(), names.getOrDefault(m.id(), List.of())))
                    .toList();
            if (!output.json(all)) {
                System.out.printf("%-44s %14s %12s  %s%n", "snapshot", "tick", "bytes", "tags");
                all.forEach(one -> System.out.printf(
                        "%-44s %14d %,12d  %s%n",
                        one.snapshot(), one.tick(), one.bytes(), String.join(",", one.tags())));
            }
            return 0;
        }
    }

    /** Shows one snapshot. */
    @Command(name = "show", description = "Shows what a snapshot holds.", mixinStandardHelpOptions = true)
    static final class Show implements Callable<Integer> {
        @Mixin
        private RepositoryOption repository = new RepositoryOption();

        @Parameters(description = "name, tag, or 'latest'", defaultValue = "latest")
        private String name = "";

        @Mixin
        private Output output = new Output();

        @Override
        public Integer call() throws Exception {
            Manifest m = repository.find(name);
            if (output.json(m)) {
                return 0;
            }
            System.out.println("snapshot     " + m.id());
            System.out.println("tick         " + m.tick());
            System.out.println("log offsets  " + m.frontier());
            System.out.println("feed offsets " + m.feedOffsets());
            System.out.println("layout       " + m.layout());
            System.out.printf("files        %d, %,d bytes%n", m.files().size(), m.bytes());
            for (int lane = 0; lane < m.digests().size(); lane++) {
                System.out.println("lane " + lane + "       " + m.digests().get(lane));
            }
            m.properties().forEach((key, value) -> System.out.println(key + " = " + value));
            return 0;
        }
    }

    /** Names a snapshot. */
    @Command(
            name = "tag",
            description = "Names a snapshot; a tagged one does not expire.",
            mixinStandardHelpOptions = true)
    static final class Tag implements Callable<Integer> {
        @Mixin
        private RepositoryOption repository = new RepositoryOption();

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
        private RepositoryOption repository = new RepositoryOption();

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
        private RepositoryOption repository = new RepositoryOption();

        @Override
        public Integer call() {
            SnapshotRepository snapshots = repository.open();
            List<String> names = snapshots.names();
            int damaged = 0;
            for (String name : names) {
                damaged += isWhole(snapshots, name) ? 0 : 1;
            }
            if (names.isEmpty()) {
                System.out.println("there is no snapshot in " + snapshots.address());
            }
            return damaged == 0 ? 0 : 1;
        }

        /** Looks at one, and says what is wrong with it; the others are looked at whatever is. */
        private static boolean isWhole(SnapshotRepository snapshots, String name) {
            String tick = "?";
            List<String> problems;
            try {
                Manifest manifest = snapshots.load(name);
                tick = Long.toString(manifest.tick());
                problems = snapshots.verify(manifest);
            } catch (IllegalStateException | UncheckedIOException e) {
                if (!snapshots.names().contains(name)) {
                    // It expired meanwhile.
                    return true;
                }
                problems = List.of(ExitCode.explain(e));
            }
            System.out.printf("%-44s tick %s  %s%n", name, tick, problems.isEmpty() ? "ok" : "DAMAGED");
            problems.forEach(problem -> System.out.println("    " + problem));
            return problems.isEmpty();
        }
    }
}
