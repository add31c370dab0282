package io.freshet.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.cli.demo.DemoReport;
import io.freshet.evaluate.RankingMetrics;
import io.freshet.evaluate.epochs.EpochEvaluation.Outcome;
import io.freshet.evaluate.epochs.EpochEvaluation.Validation;
import io.freshet.evaluate.epochs.UserSequences;
import io.freshet.evaluate.stream.StreamResult;
import io.freshet.evaluate.stream.StreamResult.Slice;
import io.freshet.model.Architecture;
import io.freshet.model.sasrec.SasRec;
import io.freshet.train.TickReport;
import io.freshet.train.prequential.PrequentialReport;
import io.freshet.train.prequential.PrequentialReport.Quality;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Figures at the end of commands, as tables, JSON and pictures. */
class ReportsTest {
    @TempDir
    private Path work;

    private static String printed(Consumer<PrintStream> report) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        report.accept(new PrintStream(text, true, StandardCharsets.UTF_8));
        return text.toString(StandardCharsets.UTF_8);
    }

    private JsonNode read(Path file) throws IOException {
        return new ObjectMapper().readTree(file.toFile());
    }

    private static Quality quality(long events, long hits) {
        return new Quality(events, 0, hits, 0, hits * 0.5, 0);
    }

    private static TickReport report(long events, long hits) {
        PrequentialReport quality = new PrequentialReport(
                events,
                quality(events, hits),
                quality(events, hits / 2),
                quality(events, hits / 4),
                quality(events, hits),
                quality(events, hits),
                quality(events, hits));
        return new TickReport(
                9, events, 3, 0, 40, 1, 5000, 2.5, 0.1, 77, quality, new TickReport.Counts(0, 0, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void theDemosSecondHalfIsADifferenceOfTwoReports() throws IOException {
        DemoReport demo = new DemoReport(
                report(1000, 400), report(500, 100), 20, 10, new DemoReport.Latency(0.25, 0.5), "abcd", "cpu-vector");
        // 300 of the last 500 were hits.
        assertThat(printed(demo::print))
                .contains("HR@10, whole stream    model 0.4000   popularity 0.2000   markov 0.1000")
                .contains("HR@10, second half     model 0.6000   popularity 0.3000   markov 0.1500")
                .contains("1,000 events in 10 s (100/s), 5,000 tokens trained in 40 steps; event to served p50 0.25 s");
        Path file = work.resolve("demo.json");
        demo.write(file);
        JsonNode json = read(file);
        assertThat(json.at("/hit_ratio_at_10/second_half/model").asDouble()).isEqualTo(0.6);
        assertThat(json.at("/ndcg_at_10/model").asDouble()).isEqualTo(0.2);
        assertThat(json.at("/duplicates").asLong()).isEqualTo(3);
        assertThat(json.at("/digest").asText()).isEqualTo("abcd");
        DemoReport short0 = new DemoReport(
                report(10, 4), null, 1, 1, new DemoReport.Latency(Double.NaN, Double.NaN), "abcd", "cpu");
        assertThat(printed(short0::print)).doesNotContain("second half");
    }

    @Test
    void streamsHaveARowForEveryContender() throws IOException {
        Map<Slice, RankingMetrics> metrics = new EnumMap<>(Slice.class);
        for (Slice slice : Slice.values()) {
            metrics.put(slice, RankingMetrics.of(new int[] {0, 9, 30, -1}));
        }
        StreamResult result = new StreamResult(
                4, 2, List.of(new StreamResult.Row("model", 1234, metrics), new StreamResult.Row("base", 0, metrics)));
        StreamReport report = new StreamReport("clicks", Map.of("full", result));
        assertThat(printed(report::print))
                .contains("clicks, variant full: 4 events in 2 s", "1,234", "0.5000", "4 events counted");
        Path file = work.resolve("stream.json");
        report.write(file);
        JsonNode json = read(file).at("/variants/full/contenders/1");
        assertThat(json.get("name").asText()).isEqualTo("base");
        assertThat(json.at("/all/hit_ratio_at_10").asDouble()).isEqualTo(0.5);
        assertThat(json.at("/new_item/events").asLong()).isEqualTo(4);
    }

    @Test
    void seedsHaveTheirMean() throws IOException {
        RankingMetrics good = RankingMetrics.of(new int[] {0, 1});
        RankingMetrics bad = RankingMetrics.of(new int[] {0, 400});
        Validation first = new Validation(2, 3.5, bad, 10);
        Validation second = new Validation(4, 3.0, good, 20);
        Architecture model = SasRec.published();
        Map<Architecture, List<Outcome>> outcomes = Map.of(
                model,
                List.of(new Outcome(1, List.of(first, second), 4, good, 5), new Outcome(2, List.of(first), 2, bad, 5)));
        EvaluationReport report =
                new EvaluationReport("ratings", "temporal", new UserSequences(List.of(), 9), outcomes);
        assertThat(printed(report::print))
                .contains(model.name(), "mean   0.7500")
                .contains("HR@200");
        Path file = work.resolve("evaluation.json");
        report.write(file);
        JsonNode json = read(file);
        assertThat(json.at("/items").asInt()).isEqualTo(9);
        assertThat(json.at("/models/0/seeds/1/hit_ratio_at_10").asDouble()).isEqualTo(0.5);
        assertThat(json.at("/models/0/seeds/0/validations/1/epoch").asInt()).isEqualTo(4);
        Path picture = work.resolve("curve.svg");
        LearningCurve.write(picture, outcomes);
        String svg = Files.readString(picture);
        assertThat(svg).contains(">" + model.name() + "<", "epoch");
        assertThat(svg.split("<polyline", -1)).as("a line for every seed").hasSize(3);
    }
}
