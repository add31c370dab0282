package io.freshet.serving.rpc;

import io.freshet.serving.Replica;
import io.freshet.serving.ScoringEngine;
import io.freshet.serving.Version;

/** All metrics of a scoring process, in Prometheus' text format. */
final class MetricsPage {
    private final ScoringEngine engine;
    private final ServingMetrics metrics;
    private final ServingHealth health;
    private final HttpConnections connections;
    private final CallLimit calls;

    MetricsPage(
            ScoringEngine engine,
            ServingMetrics metrics,
            ServingHealth health,
            HttpConnections connections,
            CallLimit calls) {
        this.engine = engine;
        this.metrics = metrics;
        this.health = health;
        this.connections = connections;
        this.calls = calls;
    }

    String text() {
        StringBuilder out = new StringBuilder();
        metrics.write(out);
        gauge(
                out,
                "freshet_ready",
                "1 if queries should be sent here.",
                health.now().ready() ? 1 : 0);
        gauge(out, "freshet_state_age_seconds", "Age of the state that is served.", engine.ageMillis() / 1e3);
        gauge(out, "freshet_served_items", "Items that can be recommended.", engine.items());
        gauge(out, "freshet_waiting_queries", "Queries that have no answer yet.", engine.waiting());
        counter(out, "freshet_item_scans_total", "Scans for the best items.", engine.scans());
        counter(out, "freshet_scored_items_total", "Items scored by scans, not left out.", engine.scored());
        counter(out, "freshet_cancelled_total", "Queries not computed: their asker had left.", engine.cancelled());
        counter(
                out,
                "freshet_http_connections_closed_total",
                "HTTP connections closed because they were slow or too many.",
                connections.closed());
        counter(
                out,
                "freshet_grpc_refused_total",
                "gRPC calls refused: too many calls or connections.",
                calls.refused());
        Version version = engine.version();
        if (version != null) {
            gauge(out, "freshet_served_tick", "Tick of the state that is served.", version.tick());
            gauge(out, "freshet_served_incarnation", "Start of the learner that is followed.", version.incarnation());
        }
        Replica replica = health.replica();
        if (replica != null) {
            String last = "";
            for (Replica.Metric metric : replica.metrics()) {
                if (!metric.name().equals(last)) {
                    last = metric.name();
                    ServingMetrics.header(out, last, metric.type(), metric.help());
                }
                String labels = metric.labels().isEmpty() ? "" : "{" + metric.labels() + "}";
                out.append(last)
                        .append(labels)
                        .append(' ')
                        .append(metric.value())
                        .append('\n');
            }
        }
        return out.toString();
    }

    private static void gauge(StringBuilder out, String name, String help, long value) {
        ServingMetrics.header(out, name, "gauge", help);
        out.append(name).append(' ').append(value).append('\n');
    }

    private static void gauge(StringBuilder out, String name, String help, double value) {
        ServingMetrics.header(out, name, "gauge", help);
        out.append(name).append(' ').append(value).append('\n');
    }

    private static void counter(StringBuilder out, String name, String help, long value) {
        ServingMetrics.header(out, name, "counter", help);
        out.append(name).append(' ').append(value).append('\n');
    }
}
