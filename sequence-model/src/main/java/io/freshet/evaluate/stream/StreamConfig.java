package io.freshet.evaluate.stream;

import io.freshet.train.LearnerConfig;
import java.util.List;

/**
 * How a stream is evaluated.
 *
 * @param learner the model
 * @param tickEvents events in a tick
 * @param testFrom events before this one are there to tune on: learned from, but not counted
 * @param rankEvery of the counted events every how manieth is ranked, by a hash of its id
 * @param baselines whether the baselines run too
 * @param frozen whether the model as of {@code testFrom} runs too, with contexts that go on growing
 * @param periodic whether the model that is only updated when a period ends runs too
 * @param retraining how the model is retrained from scratch when a period ends; 0 passes: that model does not run
 * @param served decays of averaged weights, one more recommender each that follows the learner as a scorer does; 0: the
 *     weights as they are
 * @param decayHalfLife half-life of the decayed baselines, in events
 */
public record StreamConfig(
        LearnerConfig learner,
        int tickEvents,
        long testFrom,
        int rankEvery,
        boolean baselines,
        boolean frozen,
        boolean periodic,
        Retraining retraining,
        List<Double> served,
        double decayHalfLife) {
    public StreamConfig {
        if (tickEvents < 1 || testFrom < 0 || rankEvery < 1 || !(decayHalfLife > 0)) {
            throw new IllegalArgumentException(
                    "stream evaluation: tick events " + tickEvents + ", test from " + testFrom + ", rank every "
                            + rankEvery + ", half-life " + decayHalfLife + " are not all in range");
        }
    }
}
