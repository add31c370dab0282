package io.freshet.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.freshet.evaluate.RankingMetrics;
import io.freshet.evaluate.stream.StreamResult;
import io.freshet.evaluate.stream.StreamResult.Slice;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table of a stream, and what stands in it of the variants. */
class StreamReportTest {
    private static StreamResult.Row row(String name, int rank) {
        RankingMetrics.Sums sums = new RankingMetrics.Sums();
        for (int i = 0; i < 4; i++) {
            sums.add(i < 3 ? rank : 100);
        }
        Map<Slice, RankingMetrics> metrics = new EnumMap<>(Slice.class);
        for (Slice slice : Slice.values()) {
            metrics.put(slice, sums.metrics());
        }
        return new StreamResult.Row(name, 7000, metrics);
    }

    private static StreamReport report() {
        Map<String, StreamResult> variants = new LinkedHashMap<>();
        variants.put("full", new StreamResult(40, 2, List.of(row("model, learned online", 0), row("popularity", 60))));
        variants.put("no-network", new StreamResult(40, 1, List.of(row("model, learned online", 3))));
        return new StreamReport("walks", variants);
    }

    @Test
    void theModelWithoutItsNetworkStandsInTheSameTable() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        report().print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        List<String> lines = bytes.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines.stream().filter(line -> line.contains("HR@10")))
                .as("one heading")
                .hasSize(1);
        assertThat(lines)
                .anySatisfy(line ->
                        assertThat(line).startsWith("model, learned online").contains("0.7500   0.7500"));
        assertThat(lines)
                .anySatisfy(line -> assertThat(line)
                        .startsWith("variant no-network: model, learned online")
                        .contains("0.7500   0.3230"));
        assertThat(lines.get(lines.size() - 1)).isEqualTo("4 events counted");
    }

    @Test
    void jsonHasEveryVariant(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("report.json");
        report().write(file);
        JsonNode root = new ObjectMapper().readTree(Files.readString(file));
        assertThat(root.at("/variants/full/contenders")).hasSize(2);
        JsonNode alone = root.at("/variants/no-network/contenders/0");
        assertThat(alone.path("name").asText()).isEqualTo("model, learned online");
        assertThat(alone.at("/all/ndcg_at_10").asDouble()).isGreaterThan(0.32).isLessThan(0.33);
    }
}
