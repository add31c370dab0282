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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report of the period-frozen protocol in its three forms. */
class PeriodReportTest {
    private static final PeriodReport REPORT = new PeriodReport("clicks", variants());

    private static Map<String, PeriodResult> variants() {
        Map<String, PeriodResult> variants = new LinkedHashMap<>();
        variants.put(
                "full",
                new PeriodResult(
                        40,
                        2,
                        List.of(1, 2),
                        List.of(
                                new PeriodResult.Row("model", 70, List.of(metrics(0, 1), metrics(0, 30, 3))),
                                new PeriodResult.Row("popularity", 0, List.of(metrics(-1, 9), metrics(15, 4, 2))))));
        variants.put(
                "rating-threshold=3",
                new PeriodResult(
                        40, 1, List.of(2), List.of(new PeriodResult.Row("model", 60, List.of(metrics(1, 9))))));
        return variants;
    }

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
    void everyVariantStandsInTheSameTableUnderItsOwnPeriods() {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        REPORT.print(new PrintStream(text, true, StandardCharsets.UTF_8));
        assertThat(text.toString(StandardCharsets.UTF_8).lines())
                .contains("clicks, variant rating-threshold=3: 40 events in 1 s; 2 targets in 1 periods")
                .filteredOn(line -> line.startsWith("variant rating-threshold=3: model"))
                .hasSize(2)
                .first()
                .asString()
                .matches(".* - +0.3000");
    }

    @Test
    void jsonHasEveryPeriodAndThePictureEveryContender(@TempDir Path directory) throws Exception {
        Path json = directory.resolve("r.json");
        REPORT.write(json);
        JsonNode model = new ObjectMapper().readTree(json.toFile()).at("/variants/full/contenders/0");
        assertThat(model.get("periods").get(1).get("recall_at_20").asDouble()).isEqualTo(2 / 3.0);
        assertThat(model.get("periods").get(1).get("period").asInt()).isEqualTo(2);
        assertThat(model.get("mean").get("mrr_at_10").asDouble()).isEqualTo((0.75 + 1.25 / 3) / 2);
        Path svg = directory.resolve("r.svg");
        REPORT.plot(svg);
        assertThat(Files.readString(svg))
                .contains(">model<")
                .contains(">popularity<")
                .contains(">variant rating-threshold=3: model<")
                .contains("<polyline");
    }
}
