package io.freshet.train;

import io.freshet.model.LogitBiases;
import org.jspecify.annotations.Nullable;

/** What a step comes to over all lanes, in lane order; the same for everybody. */
final class StepSums {
    private double squares;
    private double rowSquares;
    private final double[] priors = new double[LogitBiases.COUNT];
    private int[] ranks = new int[256];

    void clear(int positions) {
        squares = 0;
        rowSquares = 0;
        java.util.Arrays.fill(priors, 0);
        if (ranks.length < positions) {
            ranks = new int[2 * positions];
        }
        java.util.Arrays.fill(ranks, 0, positions, 0);
    }

    void takeLane(MessageReader lane) {
        squares += lane.getDouble();
        rowSquares += lane.getDouble();
        for (int prior = 0; prior < priors.length; prior++) {
            priors[prior] += lane.getDouble();
        }
    }

    void takeRanks(MessageReader learner, int positions) {
        for (int i = 0; i < positions; i++) {
            ranks[i] += learner.getInt();
        }
    }

    /** Gradient of the priors' weights, {@code [PRIORS]}. */
    float[] priors() {
        float[] gradient = new float[priors.length];
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] = (float) priors[i];
        }
        return gradient;
    }

    /** What keeps a step from being taken. */
    enum Guard {
        /** The loss of a position is not a number, or infinite. */
        LOSS,
        /** A dense gradient, or that of a prior, is. */
        DENSE_GRADIENT,
        /** The gradient of a row is. */
        ROW_GRADIENT
    }

    /** The first guard that a step fails at; null if it may be taken. */
    @Nullable
    Guard failed(double losses) {
        if (!Double.isFinite(losses)) {
            return Guard.LOSS;
        }
        if (!Double.isFinite(norm())) {
            return Guard.DENSE_GRADIENT;
        }
        return Double.isFinite(rowSquares) ? null : Guard.ROW_GRADIENT;
    }

    /** Length of the dense gradient. */
    double norm() {
        double sum = squares;
        for (float prior : priors()) {
            sum += (double) prior * prior;
        }
        return Math.sqrt(sum);
    }

    /** How many items stood before a position's target. */
    int rank(int position) {
        return ranks[position];
    }
}
