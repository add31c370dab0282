package io.freshet.cli;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Looks into a learner's snapshots. */
@Command(
        name = "store",
        description = "Looks into a learner's snapshots.",
        mixinStandardHelpOptions = true,
        subcommands = {StoreCommand.Digest.class, ModelsCommand.Verify.class})
final class StoreCommand {
    /** Prints the digest of the newest snapshot's state. */
    @Command(
            name = "digest",
            description = "Prints tick and state digest of the newest snapshot.",
            mixinStandardHelpOptions = true)
    static final class Digest implements Callable<Integer> {
        @Option(names = "--work-dir", required = true, description = "the learner's working directory")
        private Path work = Path.of(".");

        @Override
        public Integer call() throws Exception {
            try (LatestState state = LatestState.open(work.resolve("snapshots"))) {
                System.out.println("tick " + state.store().tick() + " digest "
                        + HexFormat.of().formatHex(state.store().stateDigest()));
            }
            return 0;
        }
    }
}
