package io.freshet.cli.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.train.TickReport;
import io.freshet.train.prequential.PrequentialReport;
import io.freshet.train.prequential.PrequentialReport.Quality;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Final figures of a run, as JSON.
 *
 * @param last report of the last tick
 * @param half report at half of the stream, or null if there was none
 * @param ticks ticks that held an event
 * @param seconds from the first event sent to the last one learned
 * @param latency from an event to a state that serves it
 * @param digest digest of the state, hexadecimal
 * @param device device that computed
 */
public record DemoReport(
        TickReport last,
        @Nullable TickReport half,
        long ticks,
        double seconds,
        Latency latency,
        String digest,
        String device) {

    /** Seconds from an event's send to the first state that could answer from it. */
    public record Latency(double p50, double p99) {}

    public void write(Path file) throws IOException {
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
        ObjectNode served = root.putObject("event_to_served_seconds");
        served.put("p50", latency.p50());
        served.put("p99", latency.p99());
        root.put("digest", digest);
        root.put("device", device);
        json.writeValue(file.toFile(), root);
    }

    /** The figures for people. */
    public void print(PrintStream out) {
        PrequentialReport all = last.quality();
        row(out, "HR@10, whole stream", all.model(), all.popularity(), all.markov(), Quality::hitRatio10);
        if (half != null) {
            PrequentialReport first = half.quality();
            Quality model = all.model().since(first.model());
            Quality popularity = all.popularity().since(first.popularity());
            Quality markov = all.markov().since(first.markov());
            row(out, "HR@10, second half", model, popularity, markov, Quality::hitRatio10);
            row(out, "NDCG@10, second half", model, popularity, markov, Quality::ndcgAt10);
        }
        out.printf(
                "%,d events in %.0f s (%,.0f/s), %,d tokens trained in %,d steps;"
                        + " event to served p50 %.2f s, p99 %.2f s%n",
                last.events(),
                seconds,
                last.events() / seconds,
                last.tokens(),
                last.steps(),
                latency.p50(),
                latency.p99());
    }

    private static void row(
            PrintStream out,
            String what,
            Quality model,
            Quality popularity,
            Quality markov,
            ToDoubleFunction<Quality> figure) {
        out.printf(
                "%-22s model %.4f   popularity %.4f   markov %.4f%n",
                what, figure.applyAsDouble(model), figure.applyAsDouble(popularity), figure.applyAsDouble(markov));
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
