package io.freshet.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.cli.CommandRun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Evaluations of a few events, through the command. */
class EvaluatingTest {
    @TempDir
    private Path work;

    @Test
    void aStreamIsReadTrainedAndReported() throws IOException {
        Path report = work.resolve("stream.json");
        CommandRun ran = CommandRun.of(
                "evaluate",
                "--dataset",
                "simulator",
                "--protocol",
                "prequential",
                "--no-baselines",
                "--limit",
                "200",
                "--report",
                report.toString());
        assertThat(ran.code()).as(ran.out()).isZero();
        assertThat(ran.out()).contains("simulator, variant full: 200 events", "200 events counted");
        JsonNode json = new ObjectMapper().readTree(report.toFile());
        assertThat(json.at("/variants/full/events").asLong()).isEqualTo(200);
        assertThat(json.at("/variants/full/contenders/0/name").asText()).isEqualTo("model, learned online");
    }

    @Test
    void everyVariantIsEvaluatedPeriodByPeriod() throws IOException {
        Path report = work.resolve("periods.json");
        CommandRun ran = CommandRun.of(
                "evaluate",
                "--dataset",
                "simulator",
                "--protocol",
                "period-frozen",
                "--period-hours",
                "1",
                "--no-baselines",
                "--limit",
                "300",
                "--report",
                report.toString());
        assertThat(ran.code()).as(ran.out()).isZero();
        assertThat(ran.out())
                .contains("simulator, variant full: 300 events", "simulator, variant no-network: 300 events")
                .contains("variant no-network: model, learning while it is tested");
        JsonNode variants = new ObjectMapper().readTree(report.toFile()).get("variants");
        assertThat(variants).hasSize(2).allMatch(one -> one.get("events").asLong() == 300);
    }

    @ParameterizedTest
    @CsvSource({
        // Of three interactions two are held out, and one alone teaches nothing.
        "leave-one-out, 3, '0 positions to learn from, 4 validation and 4 test targets'",
        "leave-one-out, 2, '4 positions to learn from, 0 validation and 0 test targets'",
    })
    void whatHasNothingToLearnOrToRankIsRefusedWithItsCounts(String protocol, int each, String said)
            throws IOException {
        StringBuilder ratings = new StringBuilder("userId,movieId,rating,timestamp\n");
        for (int n = 0; n < 4 * each; n++) {
            ratings.append(n % 4)
                    .append(',')
                    .append(n % 7)
                    .append(",4,")
                    .append(1000 + n)
                    .append('\n');
        }
        String file = Files.writeString(work.resolve("few.csv"), ratings).toString();
        CommandRun ran = CommandRun.of(
                "evaluate", "--dataset", "ml-20m", "--path", file, "--protocol", protocol, "--models", "small");
        assertThat(ran.code()).as(ran.out()).isEqualTo(1);
        assertThat(ran.out()).contains(4 * each + " interactions of 4 users", said);
    }

    @Test
    void everyOptionIsReadBySomeProtocolAndNoneIsLeftOut() {
        List<String> without = new CommandLine(new EvaluateCommand())
                .getCommandSpec().options().stream()
                        .map(option -> option.longestName())
                        .filter(name -> ProtocolOptions.readersOf(name).isEmpty())
                        .toList();
        assertThat(without).isEmpty();
    }

    @Test
    void linesThatWereMalformedAreToldBesideTheResult() throws IOException {
        StringBuilder ratings = new StringBuilder("userId,movieId,rating,timestamp\n");
        for (int n = 0; n < 40; n++) {
            ratings.append(n % 4)
                    .append(',')
                    .append(n % 7)
                    .append(",4,")
                    .append(1000 + n)
                    .append('\n');
        }
        ratings.append("1,2,many,5000\n");
        Path file = Files.writeString(work.resolve("r.csv"), ratings, StandardCharsets.UTF_8);
        CommandRun ran = CommandRun.of(
                "evaluate",
                "--dataset",
                "ml-20m",
                "--path",
                file.toString(),
                "--models",
                "small",
                "--epochs",
                "1",
                "--threads",
                "1");
        assertThat(ran.code()).as(ran.out()).isZero();
        assertThat(ran.out())
                .contains("ml-20m: 4 users, 7 items, 40 interactions")
                .contains("read 42 lines, 1 malformed", "line 42: rating is 'many': expected a number")
                .contains("HR@10");
    }
}
