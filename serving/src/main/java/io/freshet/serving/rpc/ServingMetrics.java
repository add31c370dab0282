package io.freshet.serving.rpc;

import io.freshet.serving.Answer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts and histograms of the scoring calls, in Prometheus' text format. Labels come from bounded sets only. */
public final class ServingMetrics {
    /** Upper bounds of the buckets, seconds, {@code [buckets - 1]}. */
    private static final double[] BOUNDS = {.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5};

    private static final class Histogram {
        private final LongAdder[] buckets = new LongAdder[BOUNDS.length + 1];
        private final LongAdder nanos = new LongAdder();

        Histogram() {
            Arrays.setAll(buckets, i -> new LongAdder());
        }

        void add(long value) {
            int at = 0;
            while (at < BOUNDS.length && value / 1e9 > BOUNDS[at]) {
                at++;
            }
            buckets[at].increment();
            nanos.add(value);
        }

        long count() {
            return Arrays.stream(buckets).mapToLong(LongAdder::sum).sum();
        }

        void write(StringBuilder out, String name, String labels) {
            long sum = 0;
            for (int i = 0; i <= BOUNDS.length; i++) {
                sum += buckets[i].sum();
                String bound = i < BOUNDS.length ? Double.toString(BOUNDS[i]) : "+Inf";
                String all = labels.isEmpty() ? "" : labels + ",";
                out.append(name).append("_bucket{").append(all).append("le=\"").append(bound);
                out.append("\"} ").append(sum).append('\n');
            }
            String braces = labels.isEmpty() ? "" : "{" + labels + "}";
            out.append(name).append("_sum").append(braces).append(' ');
            out.append(String.format(Locale.ROOT, "%.6f", nanos.sum() / 1e9)).append('\n');
            out.append(name)
                    .append("_count")
                    .append(braces)
                    .append(' ')
                    .append(sum)
                    .append('\n');
        }
    }

    private final Map<String, Histogram> calls = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> degraded = new ConcurrentHashMap<>();
    private final Histogram queue = new Histogram();
    private final Histogram compute = new Histogram();

    void call(String method, String code, long nanos) {
        calls.computeIfAbsent("method=\"" + method + "\",code=\"" + code + "\"", key -> new Histogram())
                .add(nanos);
    }

    /** Calls answered so far, those with an error too. */
    long calls() {
        return calls.values().stream().mapToLong(Histogram::count).sum();
    }

    void answered(Answer answer) {
        queue.add(answer.queueNanos());
        compute.add(answer.computeNanos());
        answer.degraded()
                .forEach(reason -> degraded.computeIfAbsent("reason=\"" + reason + "\"", key -> new LongAdder())
                        .increment());
    }

    void write(StringBuilder out) {
        header(out, "freshet_rpc_seconds", "histogram", "Time of scoring calls.");
        new TreeMap<>(calls).forEach((labels, h) -> h.write(out, "freshet_rpc_seconds", labels));
        header(out, "freshet_queue_seconds", "histogram", "Time that calls wait for the engine.");
        queue.write(out, "freshet_queue_seconds", "");
        header(out, "freshet_compute_seconds", "histogram", "Time that the engine takes for a call.");
        compute.write(out, "freshet_compute_seconds", "");
        header(out, "freshet_degraded_total", "counter", "Answers by what degraded them.");
        new TreeMap<>(degraded)
                .forEach((labels, count) -> out.append("freshet_degraded_total{")
                        .append(labels)
                        .append("} ")
                        .append(count.sum())
                        .append('\n'));
    }

    static void header(StringBuilder out, String name, String type, String help) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }
}
