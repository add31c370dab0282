package io.freshet.cli.serve;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.freshet.cli.options.DurationOption;
import io.freshet.cli.options.ExitCode;
import io.freshet.cli.options.OutputFormat;
import io.freshet.cli.options.PlainText;
import io.freshet.cli.options.UsageException;
import io.freshet.v1.HistoryEvent;
import io.freshet.v1.ItemScore;
import io.freshet.v1.RecommendReply;
import io.freshet.v1.RecommendRequest;
import io.freshet.v1.ReplyInfo;
import io.freshet.v1.ScoreReply;
import io.freshet.v1.ScoreRequest;
import io.freshet.v1.SimilarReply;
import io.freshet.v1.SimilarRequest;
import io.freshet.v1.Subject;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that ask a running scoring service. */
public final class ScoringCommands {
    private ScoringCommands() {}

    /** Where to ask, and how to print. */
    static final class Connection {
        @Option(names = "--target", defaultValue = "127.0.0.1:7600", description = "scoring service, host:port")
        private String target = "";

        @Option(
                names = "--timeout",
                paramLabel = "TIME",
                defaultValue = "5 s",
                converter = DurationOption.class,
                description = "time to wait for the answer, with its unit; a bare number is milliseconds")
        private Duration timeout = Duration.ofSeconds(5);

        @Mixin
        private OutputFormat output = new OutputFormat();

        /** Asks and prints; the exit code is one of {@link ExitCode}. */
        <R extends Message> int ask(
                Function<ScoringClient, R> call, Function<R, List<ItemScore>> items, Function<R, ReplyInfo> info)
                throws InvalidProtocolBufferException {
            boolean json = output.isJson();
            try (ScoringClient client = connect()) {
                R reply = call.apply(client);
                if (json) {
                    System.out.println(
                            JsonFormat.printer().preservingProtoFieldNames().print(reply));
                    return 0;
                }
                for (ItemScore item : items.apply(reply)) {
                    System.out.printf(
                            "%10.4f  %s%s%n",
                            item.getScore(), PlainText.of(item.getItemId()), item.getKnown() ? "" : "  (unknown)");
                }
                ReplyInfo about = info.apply(reply);
                System.out.printf(
                        "tick %d of learner %d, %d ms old, %.1f ms computing%s%n",
                        about.getTick(),
                        about.getIncarnation(),
                        about.getStateAgeMs(),
                        about.getComputeMicros() / 1000.0,
                        about.getDegradedList().isEmpty() ? "" : ", " + about.getDegradedList());
                return 0;
            } catch (StatusRuntimeException e) {
                System.err.println("freshet: " + PlainText.of(told(e.getStatus())));
                return exitCode(e.getStatus());
            }
        }

        private ScoringClient connect() {
            try {
                return new ScoringClient(target, timeout.toMillis());
            } catch (IllegalArgumentException e) {
                throw new UsageException("--target " + target + ": expected host:port", e);
            }
        }

        /** What went wrong; a service's own answer has no cause on this side of the connection. */
        private String told(Status status) {
            Throwable cause = status.getCause();
            if (status.getCode() != Status.Code.UNAVAILABLE || cause == null) {
                String said = status.getDescription();
                if (said != null && said.contains("deadline exceeded after")) {
                    return target + " gave no answer within " + timeout.toMillis() + " ms (--timeout): "
                            + status.getCode();
                }
                return target + " answered " + status.getCode() + (said == null ? "" : ": " + said);
            }
            for (Throwable one = cause; one != null; one = one.getCause()) {
                if (one instanceof UnknownHostException) {
                    return "the host of " + target + " is not known; correct --target, host:port";
                }
            }
            // Of a native call's own words the last are the system's.
            String why = ExitCode.rootMessage(cause).replaceFirst("^.* failed with error\\(-?[0-9]+\\): ", "");
            return "no scoring service answers at " + target + " (" + why
                    + "); start 'freshet serve', or say with --target where one is";
        }
    }

    /** What a service's refusal is for the shell. */
    static int exitCode(Status status) {
        return switch (status.getCode()) {
            case OK -> ExitCode.OK;
            case INVALID_ARGUMENT, OUT_OF_RANGE -> ExitCode.USAGE;
            case UNAVAILABLE, FAILED_PRECONDITION -> ExitCode.NOT_READY;
            case UNAUTHENTICATED, PERMISSION_DENIED -> ExitCode.AUTH;
            case DEADLINE_EXCEEDED -> ExitCode.TIMEOUT;
            case RESOURCE_EXHAUSTED -> ExitCode.REFUSED;
            default -> ExitCode.FAILED;
        };
    }

    /** A user, the events of a session, or both. */
    static final class Who {
        @Option(names = "--user", showDefaultValue = Visibility.NEVER, description = "user id")
        private String user = "";

        @Option(
                names = "--history",
                showDefaultValue = Visibility.NEVER,
                split = ",",
                description = "item ids clicked in this session, oldest first")
        private List<String> history = List.of();

        Subject subject(long requestTime) {
            Subject.Builder subject = Subject.newBuilder().setUserId(user);
            history.forEach(item -> subject.addHistory(
                    HistoryEvent.newBuilder().setItemId(item).setAction("click").setEventTimeMs(requestTime)));
            return subject.build();
        }
    }

    /** Ranked items. */
    @Command(
            name = "recommend",
            description = "Asks what a user would be shown now.",
            mixinStandardHelpOptions = true,
            footer = {
                "Examples:",
                "  freshet recommend --user 17841 -k 5",
                "  freshet recommend --history 22423,85123A -o json"
            })
    public static final class Recommend implements Callable<Integer> {
        @Mixin
        private Connection connection = new Connection();

        @ArgGroup(exclusive = false)
        private Who who = new Who();

        @Option(names = "-k", defaultValue = "10", description = "how many items")
        private int k;

        @Option(names = "--exclude-seen", description = "leave out items of the history")
        private boolean excludeSeen;

        @Option(names = "--request-time", defaultValue = "0", description = "ms since the epoch; 0 for now")
        private long requestTime;

        @Override
        public Integer call() throws Exception {
            RecommendRequest request = RecommendRequest.newBuilder()
                    .setSubject(who.subject(requestTime))
                    .setK(k)
                    .setExcludeSeen(excludeSeen)
                    .setRequestTimeMs(requestTime)
                    .build();
            return connection.ask(
                    c -> c.call().recommend(request), RecommendReply::getItemsList, RecommendReply::getInfo);
        }
    }

    /** Scores of given items. */
    @Command(
            name = "score",
            description = "Asks for the scores of items for a user.",
            mixinStandardHelpOptions = true,
            footer = "Example: freshet score --user 17841 22423 85123A")
    public static final class Score implements Callable<Integer> {
        @Mixin
        private Connection connection = new Connection();

        @ArgGroup(exclusive = false)
        private Who who = new Who();

        @Option(names = "--request-time", defaultValue = "0", description = "ms since the epoch; 0 for now")
        private long requestTime;

        @Parameters(arity = "1..*", paramLabel = "ITEM", description = "item ids")
        private List<String> items = List.of();

        @Override
        public Integer call() throws Exception {
            ScoreRequest request = ScoreRequest.newBuilder()
                    .setSubject(who.subject(requestTime))
                    .addAllItems(items)
                    .setRequestTimeMs(requestTime)
                    .build();
            return connection.ask(c -> c.call().score(request), ScoreReply::getScoresList, ScoreReply::getInfo);
        }
    }

    /** Items nearest to one. */
    @Command(
            name = "similar",
            description = "Asks for the items nearest to one.",
            mixinStandardHelpOptions = true,
            footer = {
                "Exit codes as in 'freshet --help'; 1 if the item is unknown.",
                "Example: freshet similar 22423 -k 5"
            })
    public static final class Similar implements Callable<Integer> {
        @Mixin
        private Connection connection = new Connection();

        @Option(names = "-k", defaultValue = "10", description = "how many items")
        private int k;

        @Parameters(paramLabel = "ITEM", description = "item id")
        private String item = "";

        @Override
        public Integer call() throws Exception {
            SimilarRequest request =
                    SimilarRequest.newBuilder().setItemId(item).setK(k).build();
            AtomicBoolean isUnknown = new AtomicBoolean();
            int code = connection.ask(
                    c -> {
                        SimilarReply reply = c.call().similar(request);
                        isUnknown.set(reply.getInfo().getCoverage() == 0);
                        return reply;
                    },
                    SimilarReply::getItemsList,
                    SimilarReply::getInfo);
            if (code == ExitCode.OK && isUnknown.get()) {
                System.err.println(
                        "freshet: item " + PlainText.of(item) + " is unknown: the model has no event of it yet");
                return ExitCode.FAILED;
            }
            return code;
        }
    }
}
