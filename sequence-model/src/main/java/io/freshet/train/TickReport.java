package io.freshet.train;

import io.freshet.train.prequential.Prequential;
import io.freshet.train.prequential.PrequentialReport;
import io.freshet.train.tick.LearnerCounters;
import io.freshet.train.tick.StepGuard;

/**
 * Counts and quality, of the stream up to and including a tick.
 *
 * @param tick tick
 * @param events events learned from, in all
 * @param duplicates events dropped as duplicates, in all
 * @param conflicts duplicates whose content differed, in all
 * @param steps optimizer steps, in all
 * @param skippedSteps steps skipped by a guard, in all
 * @param tokens tokens trained on (context and new), in all
 * @param loss mean loss of the tick's supervised positions, without those of skipped steps; NaN if it had none
 * @param gradientNorm of the tick's last step
 * @param items items in the catalogue
 * @param quality cumulative prequential metrics
 * @param counts what was refused, forgotten, skipped and published, in all
 */
public record TickReport(
        long tick,
        long events,
        long duplicates,
        long conflicts,
        long steps,
        long skippedSteps,
        long tokens,
        double loss,
        double gradientNorm,
        int items,
        PrequentialReport quality,
        Counts counts) {

    /** The report of a tick; a loss and a norm are the tick's own, everything else is since the start. */
    static TickReport of(
            long tick, double loss, double gradientNorm, int items, LearnerCounters counters, Prequential prequential) {
        return new TickReport(
                tick,
                counters.events(),
                counters.duplicates(),
                counters.conflicts(),
                counters.steps(),
                counters.skippedSteps(),
                counters.tokens(),
                loss,
                gradientNorm,
                items,
                prequential.report(),
                new Counts(
                        counters.userCollisions(),
                        counters.itemCollisions(),
                        counters.evictions(),
                        prequential.successorEvictions(),
                        counters.skipped(StepGuard.LOSS),
                        counters.skipped(StepGuard.DENSE_GRADIENT),
                        counters.skipped(StepGuard.ROW_GRADIENT),
                        counters.publications()));
    }

    /**
     * What did not become part of the model, and what left it; since the start.
     *
     * @param userCollisions events refused because another user has the hash of their user's id
     * @param itemCollisions events refused because another item has the hash of their item's id
     * @param evictions items that left the catalogue for want of capacity
     * @param successorEvictions successors that the Markov baseline evicted for want of capacity
     * @param skippedForLoss steps skipped because their loss was not finite
     * @param skippedForDenseGradient steps skipped because their dense gradient was not finite
     * @param skippedForRowGradient steps skipped because the gradient of a row was not finite
     * @param publications how often the dense weights went to serving
     */
    public record Counts(
            long userCollisions,
            long itemCollisions,
            long evictions,
            long successorEvictions,
            long skippedForLoss,
            long skippedForDenseGradient,
            long skippedForRowGradient,
            long publications) {}
}
