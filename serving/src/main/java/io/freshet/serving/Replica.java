package io.freshet.serving;

import java.util.List;

/** What keeps an engine's state up to date, as health and metrics see it. */
public interface Replica {
    /**
     * Whether queries should be sent here.
     *
     * @param ready whether the state is current
     * @param alive whether it can become so again without a new process
     * @param words what it does, and what is wrong
     */
    record Readiness(boolean ready, boolean alive, String words) {}

    /**
     * A number for dashboards.
     *
     * @param name name as Prometheus has it
     * @param type gauge or counter
     * @param help what it counts
     * @param labels {@code name="value"} pairs with commas between; empty for none
     * @param value value
     */
    record Metric(String name, String type, String help, String labels, long value) {
        /** A value that goes up and down. */
        public static Metric gauge(String name, String help, String labels, long value) {
            return new Metric(name, "gauge", help, labels, value);
        }

        /** A value that only rises. */
        public static Metric counter(String name, String help, String labels, long value) {
            return new Metric(name, "counter", help, labels, value);
        }
    }

    /** Whether queries should be sent here. */
    Readiness readiness();

    /** Its numbers; those of one name in one run. */
    List<Metric> metrics();
}
