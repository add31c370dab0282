package io.freshet.cli.evaluate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.evaluate.RankingMetrics;
import io.freshet.evaluate.stream.StreamResult;
import io.freshet.evaluate.stream.StreamResult.Slice;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Outcomes of the prequential protocol, one per variant of the model, as table and JSON. One table has them all: the
 * first variant's contenders, then the model as the other variants have it.
 */
record StreamReport(String dataset, Map<String, StreamResult> variants) {
    void print(PrintStream out) {
        boolean first = true;
        for (Map.Entry<String, StreamResult> entry : variants.entrySet()) {
            String variant = entry.getKey();
            StreamResult result = entry.getValue();
            if (first) {
                out.printf(
                        "%n%s, variant %s: %,d events in %.0f s%n",
                        dataset, variant, result.events(), result.seconds());
                out.printf(
                        "%-46s %8s %8s %8s | %8s %8s | %8s | %12s%n",
                        "", "HR@10", "NDCG@10", "MRR@20", "5+ HR@10", "new user", "new item", "tokens");
            }
            for (StreamResult.Row row : result.rows()) {
                print(out, first ? row.name() : "variant " + variant + ": " + row.name(), row);
            }
            first = false;
        }
        variants.values().stream()
                .findFirst()
                .ifPresent(result -> out.printf(
                        "%,d events counted%n",
                        metrics(result.rows().get(0), Slice.ALL).targets()));
    }

    private static void print(PrintStream out, String name, StreamResult.Row row) {
        RankingMetrics all = metrics(row, Slice.ALL);
        out.printf(
                "%-46s %8.4f %8.4f %8.4f | %8.4f %8.4f | %8.4f | %12s%n",
                name,
                all.hitRatio10(),
                all.ndcg10(),
                all.mrr20(),
                metrics(row, Slice.WARM_USER).hitRatio10(),
                metrics(row, Slice.NEW_USER).hitRatio10(),
                metrics(row, Slice.NEW_ITEM).hitRatio10(),
                row.tokens() == 0 ? "" : String.format("%,d", row.tokens()));
    }

    private static RankingMetrics metrics(StreamResult.Row row, Slice slice) {
        return Objects.requireNonNull(row.metrics().get(slice));
    }

    void write(Path file) throws IOException {
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode root = json.createObjectNode();
        root.put("dataset", dataset);
        root.put("protocol", "prequential");
        ObjectNode all = root.putObject("variants");
        variants.forEach((variant, result) -> {
            ObjectNode node = all.putObject(variant);
            node.put("events", result.events());
            node.put("seconds", result.seconds());
            ArrayNode rows = node.putArray("contenders");
            for (StreamResult.Row row : result.rows()) {
                ObjectNode contender = rows.addObject();
                contender.put("name", row.name());
                contender.put("tokens_trained", row.tokens());
                row.metrics().forEach((slice, m) -> {
                    ObjectNode values = contender.putObject(slice.name().toLowerCase(Locale.ROOT));
                    values.put("events", m.targets());
                    values.put("hit_ratio_at_1", m.hitRatio1());
                    values.put("hit_ratio_at_10", m.hitRatio10());
                    values.put("hit_ratio_at_50", m.hitRatio50());
                    values.put("ndcg_at_10", m.ndcg10());
                    values.put("mrr_at_20", m.mrr20());
                });
            }
        });
        json.writeValue(file.toFile(), root);
    }
}
