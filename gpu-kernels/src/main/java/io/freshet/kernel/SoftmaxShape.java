package io.freshet.kernel;

/**
 * Shape of a softmax over shared candidates.
 *
 * @param rows supervised positions, M
 * @param candidates C; every row is scored against every candidate
 * @param width D
 * @param inverseTemperature factor on {@code <y, e>}
 * @param gradientScale factor on every gradient (1 / supervised positions of the whole step)
 */
public record SoftmaxShape(int rows, int candidates, int width, float inverseTemperature, float gradientScale) {}
