package io.freshet.evaluate.stream;

import io.freshet.evaluate.RankingMetrics;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Outcome of an evaluation period by period.
 *
 * @param events events of the stream
 * @param seconds wall-clock time of all
 * @param periods numbers of the tested periods, rising
 * @param rows one per recommender
 */
public record PeriodResult(long events, double seconds, List<Integer> periods, List<Row> rows) {
    /**
     * Metrics of one recommender.
     *
     * @param name for tables
     * @param tokens tokens it trained on; 0 for baselines
     * @param metrics per tested period
     */
    public record Row(String name, long tokens, List<RankingMetrics> metrics) {
        /** Mean of a metric over the periods, each counting the same; 0 without periods. */
        public double mean(ToDoubleFunction<RankingMetrics> metric) {
            return metrics.stream().mapToDouble(metric).average().orElse(0);
        }
    }
}
