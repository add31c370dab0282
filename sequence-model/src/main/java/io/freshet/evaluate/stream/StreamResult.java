package io.freshet.evaluate.stream;

import io.freshet.evaluate.RankingMetrics;
import java.util.List;
import java.util.Map;

/**
 * Outcome of a stream's evaluation.
 *
 * @param events events of the stream
 * @param seconds wall-clock time of all
 * @param rows one per recommender
 */
public record StreamResult(long events, double seconds, List<Row> rows) {
    /** Events of which some are counted apart. */
    public enum Slice {
        /** All that count. */
        ALL,
        /** The user has at least five events before. */
        WARM_USER,
        /** The user has none. */
        NEW_USER,
        /** The item was first seen less than a day before. */
        NEW_ITEM
    }

    /**
     * Metrics of one recommender.
     *
     * @param name for tables
     * @param tokens tokens it trained on; 0 for baselines
     * @param metrics per slice
     */
    public record Row(String name, long tokens, Map<Slice, RankingMetrics> metrics) {}
}
