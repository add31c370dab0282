package io.freshet.cli.learn;

import io.freshet.cli.log.Brokers;
import io.freshet.cli.options.ConfigOptions;
import io.freshet.cli.options.PlainText;
import io.freshet.cli.options.UsageException;
import io.freshet.job.audit.Audit;
import io.freshet.job.config.JobConfig;
import io.freshet.job.config.JobConfigFile;
import io.freshet.job.repository.RepositoryAddress;
import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.local.RemoteFileSystems;
import io.freshet.local.ScratchDirectory;
import io.freshet.model.scoring.ScoredItem;
import io.freshet.model.scoring.Scorer;
import io.freshet.schema.EntityIds;
import io.freshet.schema.SubjectId;
import io.freshet.store.History;
import io.freshet.store.Interaction;
import io.freshet.store.StateReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Rebuilds the model as of a tick from the log, and compares it with what was published; or answers from it again. */
@Command(
        name = "audit",
        description = {
            "Rebuilds the model as of a tick from the log, and compares it with what was published.",
            "It begins with the nearest snapshot, and compares digests with those that the learner published.",
            "With --user, it gives the answer that was served at that tick again."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "Exit codes: 0 the model is what the log says, 1 it is not, or it cannot be told, 2 usage.",
            "Example: freshet audit --work-dir ./learner --tick 6800000015"
        })
public final class AuditCommand implements Callable<Integer> {
    @Option(
            names = "--tick",
            required = true,
            showDefaultValue = Visibility.NEVER,
            description = "the tick, as answers and reports name it")
    private long tick;

    @Option(
            names = "--incarnation",
            description = "the learner that published it, as answers name it (default: the last that did)")
    private @Nullable Long incarnation;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(names = "--work-dir", description = "the learner's working directory, if it is one of 'freshet learn'")
    private @Nullable Path work;

    @Option(names = "--user", description = "gives the answer for this user again")
    private @Nullable String user;

    @Option(
            names = "--request-time",
            description = "with --user, which needs it: the request's time, ms since the epoch")
    private @Nullable Long requestTime;

    @Option(names = "-k", defaultValue = "10", description = "with --user: items")
    private int k;

    @Override
    public Integer call() throws Exception {
        if (user != null && requestTime == null) {
            throw new UsageException("--user needs --request-time: an answer depends on the time of its request");
        }
        if (user == null && requestTime != null) {
            throw new UsageException("--request-time is read with --user only");
        }
        Map<String, String> flags = new TreeMap<>();
        if (work != null) {
            flags.put(
                    "store.repository",
                    RemoteFileSystems.real(
                            work.toAbsolutePath().resolve("snapshots").toString()));
        }
        JobConfigFile file = options.load(flags);
        JobConfig config = ConfigOptions.job(file);
        Brokers brokers = ConfigOptions.brokers(file);
        brokers.requireReachable();
        brokers.partitions(config.topics().events());
        brokers.partitions(config.topics().changes());
        try (ScratchDirectory scratch = ScratchDirectory.make("freshet-audit-")) {
            RemoteFileSystems.load(new RepositoryAddress(config.store().repository()));
            OptionalLong learner = incarnation == null ? OptionalLong.empty() : OptionalLong.of(incarnation);
            Audit.Result result = Audit.run(config, tick, learner, scratch.path(), state -> {
                if (user != null && requestTime != null) {
                    answer(config, state, user, requestTime);
                }
            });
            System.out.printf(
                    "tick %d, from %s: %,d ticks and %,d events learned again, %,d records of the log read%n",
                    tick,
                    result.from().isEmpty() ? "nothing" : "snapshot " + result.from(),
                    result.ticks(),
                    result.events(),
                    result.records());
            for (int lane = 0; lane < result.rebuilt().size(); lane++) {
                boolean same =
                        result.rebuilt().get(lane).equals(result.published().get(lane));
                System.out.printf(
                        "lane %d  published by learner %d %s  %s%n",
                        lane,
                        result.incarnation(),
                        result.published().get(lane).substring(0, 16),
                        same
                                ? "the same"
                                : "BUT rebuilt " + result.rebuilt().get(lane).substring(0, 16));
            }
            System.out.println(
                    result.holds() ? "the model is what the log says" : "the model is NOT what the log says");
            return result.holds() ? 0 : 1;
        }
    }

    private void answer(JobConfig config, StateReader state, String who, long at) {
        List<Interaction> history = history(config.store().ids(), state, who);
        try (Device device = CpuDevices.best()) {
            Scorer scorer = new Scorer(config.learner().model(), device);
            scorer.state().load(state);
            List<ScoredItem> items = scorer.recommend(history, at, k, item -> false);
            items.forEach(item -> System.out.println(PlainText.of(item.name()) + "  " + item.score()));
        }
    }

    /** A user's history as a scorer finds it: another subject of the same hash is not this one. */
    static List<Interaction> history(EntityIds ids, StateReader state, String who) {
        History known = state.history(ids.user(who));
        return known != null && known.subject().equals(SubjectId.user(who).stored()) ? known.interactions() : List.of();
    }
}
