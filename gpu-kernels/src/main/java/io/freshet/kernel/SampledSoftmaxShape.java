package io.freshet.kernel;

/**
 * Shape of a softmax in which every row has its own negatives.
 *
 * @param rows supervised positions, M
 * @param negatives R; a row has {@code 1 + R} candidates, its target first
 * @param width D
 * @param inverseTemperature factor on {@code <y, e>}
 * @param gradientScale factor on every gradient (1 / supervised positions of the whole step)
 */
public record SampledSoftmaxShape(int rows, int negatives, int width, float inverseTemperature, float gradientScale) {}
