package io.freshet.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.train.PrequentialReport;
import io.freshet.train.PrequentialReport.Quality;
import io.freshet.train.TickReport;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Final figures of a run, as JSON.
 *
 * @param last report of the last tick
 * @param half report at half of the stream, or null if there was none
 * @param ticks ticks that held an event
 * @param seconds from the first event sent to the last one learned
 * @param digest digest of the state, hexadecimal
 * @param device device that computed
 */
record DemoReport(
        TickReport last, @Nullable TickReport half, long ticks, double seconds, String digest, String device) {

    void write(Path file) throws IOException {
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ObjectNode root = json.createObjectNode();
        root.put("events", last.events());
        root.put("seconds", seconds);
        root.put("events_per_second", last.events() / seconds);
        root.put("ticks", ticks);
        root.put("tokens_trained", last.tokens());
        root.put("steps", last.steps());
        root.put("steps_skipped", last.skippedSteps());
        root.put("duplicates", last.duplicates());
        PrequentialReport all = last.quality();
        ObjectNode hits = root.putObject("hit_ratio_at_10");
        ObjectNode gains = root.putObject("ndcg_at_10");
        put(hits, gains, all.model(), all.popularity(), all.markov());
        if (half != null) {
            PrequentialReport first = half.quality();
            put(
                    hits.putObject("second_half"),
                    gains.putObject("second_half"),
                    all.model().since(first.model()),
                    all.popularity().since(first.popularity()),
                    all.markov().since(first.markov()));
        }
        root.put("digest", digest);
        root.put("device", device);
        json.writeValue(file.toFile(), root);
    }

    private static void put(ObjectNode hits, ObjectNode gains, Quality model, Quality popularity, Quality markov) {
        hits.put("model", model.hitRatio10());
        hits.put("popularity", popularity.hitRatio10());
        hits.put("markov", markov.hitRatio10());
        gains.put("model", model.ndcgAt10());
        gains.put("popularity", popularity.ndcgAt10());
        gains.put("markov", markov.ndcgAt10());
    }
}
