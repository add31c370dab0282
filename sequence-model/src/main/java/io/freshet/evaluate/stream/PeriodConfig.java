package io.freshet.evaluate.stream;

import io.freshet.train.LearnerConfig;

/**
 * How a stream is evaluated period by period.
 *
 * @param learner the model
 * @param tickEvents events in a tick
 * @param rankEvery of the targets every how manieth is ranked, by a hash of its id
 * @param baselines whether the baselines run too
 * @param retraining how the model is retrained from scratch when a period ends; 0 passes: that model does not run
 * @param decayHalfLife half-life of the decayed baselines, in events
 */
public record PeriodConfig(
        LearnerConfig learner,
        int tickEvents,
        int rankEvery,
        boolean baselines,
        Retraining retraining,
        double decayHalfLife) {
    public PeriodConfig {
        if (tickEvents < 1 || rankEvery < 1 || !(decayHalfLife > 0)) {
            throw new IllegalArgumentException("period evaluation: tick events " + tickEvents + ", rank every "
                    + rankEvery + ", half-life " + decayHalfLife + " are not all in range");
        }
    }
}
