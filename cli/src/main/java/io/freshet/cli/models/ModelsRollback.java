package io.freshet.cli.models;

import io.freshet.job.audit.SnapshotRollback;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes the learner go on from an older snapshot. */
@Command(
        name = "rollback",
        description = {
            "Makes the next learner go on from an older snapshot: it reads the log from there again.",
            "Newer snapshots are set aside: nobody begins from them, and untagged ones go with the learner's next",
            "checkpoint."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "Stop the learner first. Exit codes: 0 rolled back (or shown), 1 refused, 2 usage or not confirmed.",
            "Example: freshet models rollback --repository ./learner/snapshots before-the-sale --dry-run"
        })
final class ModelsRollback implements Callable<Integer> {
    @Mixin
    private RepositoryOption repository = new RepositoryOption();

    @Parameters(description = "name or tag of a committed snapshot")
    private String name = "";

    @Option(names = "--dry-run", description = "says what would be done, and does nothing")
    private boolean dryRun;

    @Option(names = "--yes", description = "does it without asking")
    private boolean confirmed;

    @Override
    public Integer call() throws Exception {
        SnapshotRepository snapshots = repository.open();
        Manifest target = repository.find(name);
        List<Manifest> newer = snapshots.rollbacks().newerThan(target);
        System.out.println("the next learner goes on from " + target.id() + ", tick " + target.tick()
                + ", behind log offsets " + target.frontier());
        newer.forEach(manifest -> System.out.println("set aside: " + manifest.id() + ", tick " + manifest.tick()));
        if (dryRun) {
            return 0;
        }
        if (!confirmed) {
            System.err.println("freshet: nothing was done; give --yes to do it");
            return 2;
        }
        SnapshotRollback.begin(repository.address(), target);
        System.out.println("rolled back; start the learner, without a checkpoint if it runs on a cluster");
        return 0;
    }
}
