package io.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.cli.options.DurationOption;
import io.freshet.cli.options.ExitCode;
import io.freshet.cli.options.UsageException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.OptionSpec;

/** Exit codes and what is said, of commands that need no broker. */
class CommandsIT {
    @TempDir
    private Path work;

    private static CommandRun freshet(String... arguments) {
        return CommandRun.of(arguments);
    }

    private Path write(String name, String text) throws IOException {
        return Files.write(work.resolve(name), text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @CsvSource({
        "nosuchcommand, 2, Unmatched",
        "learn, 2, --work-dir",
        "config check --set tick.lenght=1, 2, did you mean freshet.tick.length",
        "config check --set tick.length=250, 2, a duration with its unit",
        "config check --config /no/such.yaml, 2, no configuration file /no/such.yaml",
        "evaluate --dataset nothing, 2, known are",
        "evaluate --dataset globo, 2, --path",
        "evaluate --protocol sideways, 2, unknown protocol sideways",
        "evaluate --models huge, 2, unknown model huge",
        "evaluate --protocol prequential --variants faster, 2, --variants faster: faster is neither full",
        "evaluate --protocol period-frozen --variants seed=two, 2, seed=two is no whole number",
        "evaluate --protocol prequential --models small, 2, --models is not read by --protocol prequential",
        "evaluate --protocol period-frozen --seeds 2, 2, --seeds is not read by --protocol period-frozen",
        "evaluate --protocol prequential --plot x.svg, 2, --plot is not read by --protocol prequential",
        "evaluate --protocol period-frozen --test-from 9, 2, --test-from is not read",
        "evaluate --variants full, 2, --variants is not read by --protocol leave-one-out",
        "evaluate --protocol period-frozen --period-days 0, 2, --period-days 0: expected 1 or more",
        "evaluate --protocol prequential --tick-events 0, 2, --tick-events 0",
        "evaluate --protocol prequential --limit -1, 2, --limit -1",
        "evaluate --epochs 0, 2, epochs 0",
        "events validate, 2, give a file or --topic",
        "replay --rate -1, 2, --rate must be",
        "replay --log-start tomorrow, 2, --log-start tomorrow",
        "learn --work-dir x --checkpoint-interval soon, 2, expected a number and its unit",
        "evaluate --dataset globo --path /no/such.csv, 1, there is no file /no/such.csv",
        "events validate /no/such.jsonl, 1, there is no file /no/such.jsonl",
        "bench, 2, 'expected one of train, kernels'",
        "bench kernels, 2, ./freshet bench kernels",
        "bench --help, 0, simulation",
        "--help, 0, bench",
        "recommend --user u --target 127.0.0.1:1 --timeout 60s, 3, service answers at 127.0.0.1:1 (Connection",
        "score --user u --target nosuch.invalid:7600 --timeout 60s i, 3, nosuch.invalid:7600 is not known",
        "recommend --user u --target a:b:c, 2, --target a:b:c: expected host:port",
        "recommend --user u -o yaml, 2, --output yaml",
        "serve --state-dir s --port 70000, 2, --port 70000",
        "serve --state-dir s --http-port -1, 2, --http-port -1",
        "broker --dir d --listener x, 2, --listener x",
        "broker --dir d --listener A:b:1, 2, --listener A:b:1",
        "broker --dir d --listener A:1:99999, 2, --listener 99999",
        "broker --dir d --port 70000, 2, --port 70000",
        "demo --port 70000, 2, --port 70000",
        "audit --tick 1 --user u, 2, --user needs --request-time",
        "audit --tick 1 --request-time 5, 2, --request-time is read with --user only",
    })
    void everyEndHasItsCodeAndSaysWhy(String line, int code, String said) {
        CommandRun ran = freshet(line.split(" "));
        assertThat(ran.out()).contains(said);
        assertThat(ran.code()).as(ran.out()).isEqualTo(code);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "recommend --user u --target 127.0.0.1:1 --timeout 60s",
                "score --user u --target nosuch.invalid:7600 --timeout 60s i",
                "similar i --target 127.0.0.1:1 --timeout 60s",
            })
    void aServiceThatIsNotThereIsSaidInOneLine(String line) {
        assertThat(freshet(line.split(" ")).out().lines())
                .singleElement()
                .asString()
                .contains("--target");
    }

    @Test
    void aPortThatIsTakenIsNamedInOneLine() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            CommandRun ran = freshet("broker", "--dir", work.resolve("kafka").toString(), "--port", port);
            assertThat(ran.code()).isEqualTo(1);
            assertThat(ran.out().lines())
                    .singleElement()
                    .asString()
                    .contains("port " + port + " on 127.0.0.1 is taken");
            assertThat(work.resolve("kafka/meta.properties"))
                    .as("nothing is formatted")
                    .doesNotExist();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "replay --bootstrap-servers 127.0.0.1:1",
                "events validate --topic t --bootstrap-servers 127.0.0.1:1",
                "audit --tick 1 --bootstrap-servers 127.0.0.1:1"
            })
    void aBrokerThatIsNotThereIsSaid(String line) {
        CommandRun ran = freshet(line.split(" "));
        assertThat(ran.out()).contains("no Kafka broker answers at 127.0.0.1:1");
        assertThat(ran.code()).isEqualTo(1);
    }

    @Test
    void learnAndServeSayItToo() throws IOException {
        String directory = work.resolve("learner").toString();
        CommandRun learn = freshet("learn", "--bootstrap-servers", "127.0.0.1:1", "--work-dir", directory, "--bounded");
        assertThat(learn.out()).contains("no Kafka broker answers at 127.0.0.1:1");
        assertThat(learn.code()).isEqualTo(1);
        // What a scorer leaves that never restored anything.
        Files.createDirectories(work.resolve("scorer"));
        write("scorer/freshet.lock", "");
        CommandRun serve = freshet(
                "serve",
                "--bootstrap-servers",
                "127.0.0.1:1",
                "--repository",
                work.resolve("snapshots").toString(),
                "--state-dir",
                work.resolve("scorer").toString());
        assertThat(serve.out()).contains("no Kafka broker answers at 127.0.0.1:1", "There is no state in");
        assertThat(serve.code()).isEqualTo(1);
    }

    @Test
    void learnSaysWhichConfiguredDirectoriesItDoesNotUse() throws IOException {
        Path config = write("f.yaml", "freshet:\n  store:\n    repository: /elsewhere/snapshots\n");
        CommandRun ran = freshet(
                "learn",
                "--config",
                config.toString(),
                "--bootstrap-servers",
                "127.0.0.1:1",
                "--work-dir",
                work.resolve("w").toString());
        assertThat(ran.out()).contains("freshet.store.repository is /elsewhere/snapshots", "--work-dir wins");
        assertThat(ran.out()).doesNotContain("freshet.store.state-directory is");
    }

    @Test
    void badLinesOfAFileAreNamedAndCounted() throws IOException {
        String good =
                "{\"event_id\":\"e\",\"action\":\"click\",\"event_time\":1,\"user_id\":\"u\",\"item_id\":\"i\"}\n";
        CommandRun ran = freshet(
                "events",
                "validate",
                write("e.jsonl", good + "\u00e9\n" + good + "{}\n").toString());
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out())
                .contains("line 2: encoding: not UTF-8: byte E9 at 1", "line 4: ", "4  lines read", "2  accepted");
        assertThat(freshet("events", "validate", write("good.jsonl", good).toString())
                        .code())
                .isZero();
        CommandRun blank =
                freshet("events", "validate", write("blank.jsonl", "\n\n").toString());
        assertThat(blank.code()).isEqualTo(1);
        assertThat(blank.out()).contains("no event in");
    }

    @Test
    void anEvaluationOfNothingSaysWhatIsMissing() throws IOException {
        String head = "userId,movieId,rating,timestamp\n";
        Path one = write("r.csv", head + "1,2,3,20\n2,2,3,20\n");
        for (String protocol : List.of("leave-one-out", "temporal")) {
            String path = one.toString();
            CommandRun ran = freshet("evaluate", "--dataset", "ml-20m", "--path", path, "--protocol", protocol);
            assertThat(ran.code()).isEqualTo(1);
            assertThat(ran.out()).contains("none of the 2 users has two interactions");
        }
    }

    @Test
    void codesFollowTheCause() {
        assertThat(ExitCode.of(new IllegalStateException(new UsageException("x"))))
                .isEqualTo(2);
        assertThat(ExitCode.of(new IllegalStateException(new SaslAuthenticationException("x"))))
                .isEqualTo(4);
        assertThat(ExitCode.of(new IllegalStateException("x"))).isEqualTo(1);
        Exception deep = new IllegalStateException("outer", new RuntimeException(new IOException("inner")));
        assertThat(ExitCode.explain(deep)).isEqualTo("outer: inner");
        assertThat(ExitCode.rootMessage(new RuntimeException((String) null))).isEqualTo("RuntimeException");
    }

    @Test
    void durationsHaveTheirUnit() {
        DurationOption option = new DurationOption();
        assertThat(option.convert("250 ms")).isEqualTo(Duration.ofMillis(250));
        assertThat(option.convert("1.5s")).isEqualTo(Duration.ofMillis(1500));
        assertThat(option.convert("2 min")).isEqualTo(Duration.ofMinutes(2));
        assertThat(option.convert("700")).as("a bare number is milliseconds").isEqualTo(Duration.ofMillis(700));
        for (String wrong : List.of("", "soon", "-1 s", "0", "1 day")) {
            assertThat(Assertions.catchThrowable(() -> option.convert(wrong)))
                    .as(wrong)
                    .isInstanceOf(CommandLine.TypeConversionException.class);
        }
    }

    @Test
    void everyCommandShowsItsDefaultsAndHasADescription() {
        List<String> without = new ArrayList<>();
        look("freshet", Freshet.commandLine(), without);
        assertThat(without).isEmpty();
    }

    private static void look(String name, CommandLine command, List<String> without) {
        boolean shows = command.getCommandSpec().usageMessage().showDefaultValues();
        for (OptionSpec option : command.getCommandSpec().options()) {
            boolean plain = option.defaultValue() == null || option.arity().max() == 0;
            if (option.description().length == 0 || (!plain && !shows)) {
                without.add(name + " " + option.longestName());
            }
            if (option.required() && option.group() == null && option.showDefaultValue() != Visibility.NEVER) {
                without.add(name + " " + option.longestName() + " is required and shows a default");
            }
        }
        String[] description = command.getCommandSpec().usageMessage().description();
        if (description.length > 0 && !description[0].endsWith(".")) {
            without.add(name + " has no whole sentence in the list of commands");
        }
        if (command.getCommandSpec().usageMessage().description().length == 0) {
            without.add(name);
        }
        command.getSubcommands().forEach((sub, line) -> look(name + " " + sub, line, without));
    }
}
