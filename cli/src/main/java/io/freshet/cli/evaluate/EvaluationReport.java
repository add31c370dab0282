package io.freshet.cli.evaluate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.evaluate.RankingMetrics;
import io.freshet.evaluate.epochs.EpochEvaluation.Outcome;
import io.freshet.evaluate.epochs.EpochEvaluation.Validation;
import io.freshet.evaluate.epochs.UserSequences;
import io.freshet.model.Architecture;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Outcomes of an evaluation, as table and JSON.
 *
 * @param dataset name
 * @param protocol name
 * @param data what was read
 * @param outcomes per model and seed
 */
record EvaluationReport(
        String dataset, String protocol, UserSequences data, Map<Architecture, List<Outcome>> outcomes) {

    void print(PrintStream out) {
        out.printf(
                "%n%-32s %6s %8s %8s %8s %8s %8s %8s %6s %8s%n",
                "model", "seed", "HR@10", "NDCG@10", "HR@50", "NDCG@50", "HR@200", "MRR@20", "epoch", "s/epoch");
        outcomes.forEach((model, runs) -> {
            for (Outcome run : runs) {
                row(out, model.name(), Long.toString(run.seed()), run.test(), run);
            }
            if (runs.size() > 1) {
                out.printf(
                        "%-32s %6s %8.4f %8.4f %8.4f %8.4f %8.4f %8.4f%n",
                        model.name(),
                        "mean",
                        mean(runs, RankingMetrics::hitRatio10),
                        mean(runs, RankingMetrics::ndcg10),
                        mean(runs, RankingMetrics::hitRatio50),
                        mean(runs, RankingMetrics::ndcg50),
                        mean(runs, RankingMetrics::hitRatio200),
                        mean(runs, RankingMetrics::mrr20));
            }
        });
    }

    private static void row(PrintStream out, String model, String seed, RankingMetrics m, Outcome run) {
        out.printf(
                "%-32s %6s %8.4f %8.4f %8.4f %8.4f %8.4f %8.4f %6d %8.1f%n",
                model,
                seed,
                m.hitRatio10(),
                m.ndcg10(),
                m.hitRatio50(),
                m.ndcg50(),
                m.hitRatio200(),
                m.mrr20(),
                run.bestEpoch(),
                run.secondsPerEpoch());
    }

    private static double mean(List<Outcome> runs, ToDoubleFunction<RankingMetrics> metric) {
        return runs.stream()
                .mapToDouble(run -> metric.applyAsDouble(run.test()))
                .average()
                .orElse(Double.NaN);
    }

    void write(Path file) throws IOException {
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode root = json.createObjectNode();
        root.put("dataset", dataset);
        root.put("protocol", protocol);
        root.put("users", data.sequences().size());
        root.put("items", data.items());
        root.put("interactions", data.interactions());
        ArrayNode models = root.putArray("models");
        outcomes.forEach((architecture, runs) -> {
            ObjectNode model = models.addObject();
            model.put("model", architecture.name());
            model.put("parameters", architecture.parameters());
            ArrayNode seeds = model.putArray("seeds");
            for (Outcome run : runs) {
                ObjectNode seed = seeds.addObject();
                seed.put("seed", run.seed());
                put(seed, run.test());
                seed.put("best_epoch", run.bestEpoch());
                seed.put("seconds_per_epoch", run.secondsPerEpoch());
                ArrayNode curve = seed.putArray("validations");
                for (Validation validation : run.curve()) {
                    ObjectNode point = curve.addObject();
                    point.put("epoch", validation.epoch());
                    point.put("loss", validation.loss());
                    point.put("training_seconds", validation.trainingSeconds());
                    put(point, validation.validation());
                }
            }
        });
        json.writeValue(file.toFile(), root);
    }

    private static void put(ObjectNode node, RankingMetrics m) {
        node.put("targets", m.targets());
        node.put("hit_ratio_at_1", m.hitRatio1());
        node.put("hit_ratio_at_10", m.hitRatio10());
        node.put("hit_ratio_at_50", m.hitRatio50());
        node.put("hit_ratio_at_200", m.hitRatio200());
        node.put("ndcg_at_10", m.ndcg10());
        node.put("ndcg_at_50", m.ndcg50());
        node.put("ndcg_at_200", m.ndcg200());
        node.put("mrr_at_20", m.mrr20());
    }
}
