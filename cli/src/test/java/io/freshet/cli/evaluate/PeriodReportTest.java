package io.freshet.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.evaluate.RankingMetrics;
import io.freshet.evaluate.stream.PeriodResult;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report of the period-frozen protocol in its three forms. */
class PeriodReportTest {
    private static final PeriodReport REPORT = new PeriodReport(
            "clicks",
            new PeriodResult(
                    40,
                    2,
                    List.of(1, 2),
                    List.of(
                            new PeriodResult.Row("model", 70, List.of(metrics(0, 1), metrics(0, 30, 3))),
                            new PeriodResult.Row("popularity", 0, List.of(metrics(-1, 9), metrics(15, 4, 2))))));

    private static RankingMetrics metrics(int... ranks) {
        return RankingMetrics.of(ranks);
    }

    @Test
    void theMeanCountsPeriodsNotTargets() {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        REPORT.print(new PrintStream(text, true, StandardCharsets.UTF_8));
        // (1/1 + 1/2) / 2 = 0.75 and (1 + 1/4) / 3 = 0.41667.
        assertThat(text.toString(StandardCharsets.UTF_8)).contains("0.5833").contains("5 targets in 2 periods");
    }

    @Test
    void jsonHasEveryPeriodAndThePictureEveryContender(@TempDir Path directory) throws Exception {
        Path json = directory.resolve("r.json");
        REPORT.write(json);
        JsonNode model =
                new ObjectMapper().readTree(json.toFile()).get("contenders").get(0);
        assertThat(model.get("periods").get(1).get("recall_at_20").asDouble()).isEqualTo(2 / 3.0);
        assertThat(model.get("periods").get(1).get("period").asInt()).isEqualTo(2);
        assertThat(model.get("mean").get("mrr_at_10").asDouble()).isEqualTo((0.75 + 1.25 / 3) / 2);
        Path svg = directory.resolve("r.svg");
        REPORT.plot(svg);
        assertThat(Files.readString(svg))
                .contains(">model<")
                .contains(">popularity<")
                .contains("<polyline");
    }
}
