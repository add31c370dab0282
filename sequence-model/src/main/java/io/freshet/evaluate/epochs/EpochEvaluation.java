package io.freshet.evaluate.epochs;

import io.freshet.evaluate.RankingMetrics;
import io.freshet.evaluate.TrainingConfig;
import io.freshet.evaluate.TrainingValues;
import io.freshet.kernel.Device;
import io.freshet.model.Architecture;
import java.util.ArrayList;
import java.util.List;

/** Trains in epochs, validates, stops in time, and tests once with the weights that validated best. */
public final class EpochEvaluation {
    private EpochEvaluation() {}

    /**
     * State after a validation.
     *
     * @param epoch epochs done
     * @param loss mean training loss of the last epoch
     * @param validation metrics on the validation targets
     * @param trainingSeconds spent in epochs so far
     */
    public record Validation(int epoch, double loss, RankingMetrics validation, double trainingSeconds) {}

    /**
     * Outcome of one seed.
     *
     * @param seed of the run
     * @param curve validations in order
     * @param bestEpoch epoch whose weights were tested
     * @param test metrics on the test targets
     * @param secondsPerEpoch wall-clock time of an epoch's training, without validation
     */
    public record Outcome(
            long seed, List<Validation> curve, int bestEpoch, RankingMetrics test, double secondsPerEpoch) {}

    /** Hears of progress; called on the training thread. */
    public interface Progress {
        /** An epoch is done. */
        void epoch(int epoch, double loss);

        /** A validation is done. */
        void validated(Validation validation);
    }

    /** Runs one seed. */
    public static Outcome run(
            Architecture architecture, TrainingConfig config, Split split, Device device, Progress progress) {
        List<Validation> curve = new ArrayList<>();
        try (EpochTrainer trainer = new EpochTrainer(architecture, config, split, device)) {
            TrainingValues.Weights best = trainer.weights();
            double bestHits = -1;
            int bestEpoch = 0;
            double seconds = 0;
            int epoch = 0;
            int worse = 0;
            while (epoch < config.epochs() && worse < config.patience()) {
                long start = System.nanoTime();
                double loss = trainer.epoch(++epoch);
                seconds += (System.nanoTime() - start) / 1e9;
                progress.epoch(epoch, loss);
                if (epoch % config.validateEvery() == 0 || epoch == config.epochs()) {
                    RankingMetrics metrics = RankingMetrics.of(trainer.rank(split.validation()));
                    curve.add(new Validation(epoch, loss, metrics, seconds));
                    progress.validated(curve.get(curve.size() - 1));
                    worse++;
                    if (metrics.hitRatio10() > bestHits) {
                        bestHits = metrics.hitRatio10();
                        bestEpoch = epoch;
                        best = trainer.weights();
                        worse = 0;
                    }
                }
            }
            trainer.restore(best);
            RankingMetrics test = RankingMetrics.of(trainer.rank(split.test()));
            return new Outcome(config.seed(), curve, bestEpoch, test, seconds / epoch);
        }
    }
}
