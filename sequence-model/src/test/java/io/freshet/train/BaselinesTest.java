package io.freshet.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Ranks of the baselines against counting everything anew. */
class BaselinesTest {
    @Test
    void popularityKeepsItemsInOrderOfTheirCounts() {
        SplittableRandom random = new SplittableRandom(3);
        PopularityBaseline popularity = new PopularityBaseline();
        Map<Long, Integer> counts = new HashMap<>();
        for (int i = 0; i < 5000; i++) {
            long item = (long) (random.nextDouble() * random.nextDouble() * 50);
            popularity.count(item);
            counts.merge(item, 1, Integer::sum);
            int own = counts.get(item);
            long above = counts.values().stream().filter(count -> count > own).count();
            long same = counts.values().stream().filter(count -> count == own).count();
            assertThat((long) popularity.rank(item)).isBetween(above, above + same - 1);
        }
        assertThat(popularity.rank(-1)).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void markovPutsFollowersFirstAndThePopularRestBehind() {
        PopularityBaseline popularity = new PopularityBaseline();
        MarkovBaseline chain = new MarkovBaseline(popularity);
        for (long item : new long[] {1, 1, 1, 2, 2, 3, 4}) {
            popularity.count(item);
        }
        chain.count(9, 4);
        chain.count(9, 3);
        chain.count(9, 3);
        assertThat(chain.rank(true, 9, 3)).isZero();
        assertThat(chain.rank(true, 9, 4)).isEqualTo(1);
        assertThat(chain.rank(true, 9, 1)).isEqualTo(2);
        assertThat(chain.rank(true, 9, 2)).isEqualTo(3);
        assertThat(chain.rank(false, 9, 1)).isZero();
        assertThat(chain.rank(true, 9, 77)).isEqualTo(Integer.MAX_VALUE);
    }
}
