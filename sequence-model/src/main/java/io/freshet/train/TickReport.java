package io.freshet.train;

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
 * @param loss mean loss of the tick's supervised positions; NaN if it had none
 * @param gradientNorm of the tick's last step
 * @param items items in the catalogue
 * @param quality cumulative prequential metrics
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
        PrequentialReport quality) {}
