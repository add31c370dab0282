package io.freshet.cli.models;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** Looks into a learner's snapshots. */
@Command(
        name = "store",
        description = "Looks into a learner's snapshots.",
        mixinStandardHelpOptions = true,
        subcommands = {StoreCommand.Digest.class, ModelsCommand.Verify.class})
public final class StoreCommand {
    /** Prints the digest of the newest snapshot's state. */
    @Command(
            name = "digest",
            description = "Prints tick and state digest of the newest snapshot.",
            mixinStandardHelpOptions = true)
    static final class Digest implements Callable<Integer> {
        /** One of the two. */
        static final class Place {
            @Option(names = "--work-dir", description = "the learner's working directory")
            private @Nullable Path work;

            @Option(
                    names = "--repository",
                    showDefaultValue = Visibility.NEVER,
                    description = "the learner's snapshot repository, if it is elsewhere")
            private String repository = "";
        }

        @ArgGroup(multiplicity = "1")
        private Place place = new Place();

        @Override
        public Integer call() throws Exception {
            String repository = place.work == null
                    ? place.repository
                    : place.work.resolve("snapshots").toString();
            try (LatestState state = LatestState.open(repository)) {
                System.out.println("tick " + state.store().tick() + " digest "
                        + HexFormat.of().formatHex(state.store().stateDigest()));
            }
            return 0;
        }
    }
}
