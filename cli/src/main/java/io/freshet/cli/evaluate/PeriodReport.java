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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Outcomes of the period-frozen protocol, one per variant of the model: per period, and as the mean over periods; as
 * table, JSON and picture. One table has them all: the first variant's contenders, then the model as the other variants
 * have it.
 */
record PeriodReport(String dataset, Map<String, PeriodResult> variants) {
    /** A row, with the periods of its variant. */
    private record Line(String name, PeriodResult.Row row, List<Integer> periods) {
        /** MRR@10 in a period; nothing if its variant had no target there. */
        String mrr10(int period) {
            int at = periods.indexOf(period);
            return at < 0 ? "-" : String.format("%5.4f", row.metrics().get(at).mrr10());
        }
    }

    private List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        variants.forEach((variant, result) -> {
            String before = lines.isEmpty() ? "" : "variant " + variant + ": ";
            for (PeriodResult.Row row : result.rows()) {
                lines.add(new Line(before + row.name(), row, result.periods()));
            }
        });
        return lines;
    }

    void print(PrintStream out) {
        Set<Integer> periods = new TreeSet<>();
        variants.values().forEach(result -> periods.addAll(result.periods()));
        out.println();
        variants.forEach((variant, result) -> out.printf(
                "%s, variant %s: %,d events in %.0f s; %,d targets in %d periods%n",
                dataset,
                variant,
                result.events(),
                result.seconds(),
                targets(result),
                result.periods().size()));
        out.printf("MRR@10 by period%n%-62s", "");
        periods.forEach(period -> out.printf(" %6d", period));
        out.println();
        for (Line line : lines()) {
            out.printf("%-62s", line.name());
            periods.forEach(period -> out.printf(" %6s", line.mrr10(period)));
            out.println();
        }
        out.printf(
                "%n%-62s %9s %9s %8s %8s %14s%n",
                "mean of periods", "Recall@20", "Recall@10", "MRR@20", "MRR@10", "tokens");
        for (Line line : lines()) {
            PeriodResult.Row row = line.row();
            out.printf(
                    "%-62s %9.4f %9.4f %8.4f %8.4f %14s%n",
                    line.name(),
                    row.mean(RankingMetrics::hitRatio20),
                    row.mean(RankingMetrics::hitRatio10),
                    row.mean(RankingMetrics::mrr20),
                    row.mean(RankingMetrics::mrr10),
                    row.tokens() == 0 ? "" : String.format("%,d", row.tokens()));
        }
    }

    private static long targets(PeriodResult result) {
        return result.rows().get(0).metrics().stream()
                .mapToLong(RankingMetrics::targets)
                .sum();
    }

    void write(Path file) throws IOException {
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode root = json.createObjectNode();
        root.put("dataset", dataset);
        root.put("protocol", "period-frozen");
        ObjectNode all = root.putObject("variants");
        variants.forEach((variant, result) -> write(result, all.putObject(variant)));
        json.writeValue(file.toFile(), root);
    }

    private static void write(PeriodResult result, ObjectNode node) {
        node.put("events", result.events());
        node.put("seconds", result.seconds());
        ArrayNode contenders = node.putArray("contenders");
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
    }

    void plot(Path file) throws IOException {
        LineChart chart = new LineChart("MRR@10", "period");
        for (Line one : lines()) {
            LineChart.Line line = chart.line(one.name());
            for (int i = 0; i < one.periods().size(); i++) {
                line.point(one.periods().get(i), one.row().metrics().get(i).mrr10());
            }
        }
        chart.write(file);
    }
}
