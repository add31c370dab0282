package io.freshet.model;

import java.io.Serializable;

/**
 * How fast an item's popularities decay.
 *
 * @param halfLifeTicks half-life of its popularity, ticks
 * @param recentHalfLifeTicks half-life of its recent popularity, ticks
 */
public record PopularityDecay(double halfLifeTicks, double recentHalfLifeTicks) implements Serializable {
    public PopularityDecay {
        ModelConfig.check(recentHalfLifeTicks > 0, "recent-half-life-ticks", recentHalfLifeTicks, "positive");
        ModelConfig.check(halfLifeTicks > 0, "popularity-half-life-ticks", halfLifeTicks, "positive");
    }
}
