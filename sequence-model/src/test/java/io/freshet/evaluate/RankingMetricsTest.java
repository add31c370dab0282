package io.freshet.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** The metrics of a few ranks, worked out by hand. */
class RankingMetricsTest {
    @Test
    void metricsAreTheirDefinitions() {
        RankingMetrics m = RankingMetrics.of(new int[] {0, 9, 10, 19, 20, 199, 200, -1});
        assertThat(m.targets()).isEqualTo(8);
        assertThat(m.hitRatio1()).isEqualTo(1 / 8.0);
        assertThat(m.hitRatio10()).isEqualTo(2 / 8.0);
        assertThat(m.hitRatio20()).isEqualTo(4 / 8.0);
        assertThat(m.hitRatio50()).isEqualTo(5 / 8.0);
        assertThat(m.hitRatio200()).isEqualTo(6 / 8.0);
        assertThat(m.ndcg10()).isCloseTo((1 + Math.log(2) / Math.log(11)) / 8, within(1e-12));
        assertThat(m.mrr10()).isCloseTo((1 + 1 / 10.0) / 8, within(1e-12));
        assertThat(m.mrr20()).isCloseTo((1 + 1 / 10.0 + 1 / 11.0 + 1 / 20.0) / 8, within(1e-12));
    }

    @Test
    void nothingRankedIsZeroNotNaN() {
        assertThat(RankingMetrics.of(new int[0]).hitRatio10()).isZero();
    }
}
