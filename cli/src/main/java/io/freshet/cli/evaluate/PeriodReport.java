package io.freshet.cli.evaluate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.evaluate.RankingMetrics;
import io.freshet.evaluate.stream.PeriodResult;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/** Outcome of the period-frozen protocol, per period and as the mean over periods, as table, JSON and picture. */
record PeriodReport(String dataset, PeriodResult result) {
    void print(PrintStream out) {
        out.printf("%n%s: %,d events in %.0f s; MRR@10 by period%n", dataset, result.events(), result.seconds());
        out.printf("%-62s", "");
        result.periods().forEach(period -> out.printf(" %5d", period));
        out.println();
        for (PeriodResult.Row row : result.rows()) {
            out.printf("%-62s", row.name());
            row.metrics().forEach(m -> out.printf(" %5.4f", m.mrr10()));
            out.println();
        }
        out.printf(
                "%n%-62s %9s %9s %8s %8s %14s%n",
                "mean of periods", "Recall@20", "Recall@10", "MRR@20", "MRR@10", "tokens");
        for (PeriodResult.Row row : result.rows()) {
            out.printf(
                    "%-62s %9.4f %9.4f %8.4f %8.4f %14s%n",
                    row.name(),
                    row.mean(RankingMetrics::hitRatio20),
                    row.mean(RankingMetrics::hitRatio10),
                    row.mean(RankingMetrics::mrr20),
                    row.mean(RankingMetrics::mrr10),
                    row.tokens() == 0 ? "" : String.format("%,d", row.tokens()));
        }
        long targets = result.rows().get(0).metrics().stream()
                .mapToLong(RankingMetrics::targets)
                .sum();
        out.printf("%,d targets in %d periods%n", targets, result.periods().size());
    }

    void write(Path file) throws IOException {
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode root = json.createObjectNode();
        root.put("dataset", dataset);
        root.put("protocol", "period-frozen");
        root.put("events", result.events());
        root.put("seconds", result.seconds());
        ArrayNode contenders = root.putArray("contenders");
        for (PeriodResult.Row row : result.rows()) {
            ObjectNode contender = contenders.addObject();
            contender.put("name", row.name());
            contender.put("tokens_trained", row.tokens());
            ObjectNode mean = contender.putObject("mean");
            mean.put("recall_at_20", row.mean(RankingMetrics::hitRatio20));
            mean.put("recall_at_10", row.mean(RankingMetrics::hitRatio10));
            mean.put("mrr_at_20", row.mean(RankingMetrics::mrr20));
            mean.put("mrr_at_10", row.mean(RankingMetrics::mrr10));
            ArrayNode periods = contender.putArray("periods");
            List<RankingMetrics> metrics = row.metrics();
            for (int i = 0; i < metrics.size(); i++) {
                ObjectNode period = periods.addObject();
                period.put("period", result.periods().get(i));
                period.put("targets", metrics.get(i).targets());
                period.put("recall_at_20", metrics.get(i).hitRatio20());
                period.put("recall_at_10", metrics.get(i).hitRatio10());
                period.put("mrr_at_20", metrics.get(i).mrr20());
                period.put("mrr_at_10", metrics.get(i).mrr10());
            }
        }
        json.writeValue(file.toFile(), root);
    }

    void plot(Path file) throws IOException {
        LineChart chart = new LineChart("MRR@10", "period");
        for (PeriodResult.Row row : result.rows()) {
            LineChart.Line line = chart.line(row.name());
            for (int i = 0; i < row.metrics().size(); i++) {
                line.point(result.periods().get(i), row.metrics().get(i).mrr10());
            }
        }
        chart.write(file);
    }
}
