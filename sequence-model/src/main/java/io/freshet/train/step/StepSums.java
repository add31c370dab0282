package io.freshet.train.step;

import io.freshet.model.LogitBiases;
import io.freshet.train.exchange.MessageReader;
import io.freshet.train.tick.StepGuard;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What a step comes to over all lanes, in lane order; the same for everybody. */
final class StepSums {
    private double squares;
    private double rowSquares;
    /** Gradient of the logit weights, {@code [B]}. */
    private final double[] logitWeights = new double[LogitBiases.COUNT];
    /** Items that stand before each position's target, {@code [M]}. */
    private int[] ranks = new int[256];

    void clear(int positions) {
        squares = 0;
        rowSquares = 0;
        Arrays.fill(logitWeights, 0);
        if (ranks.length < positions) {
            ranks = new int[2 * positions];
        }
        Arrays.fill(ranks, 0, positions, 0);
    }

    void takeLane(MessageReader lane) {
        squares += lane.getDouble();
        rowSquares += lane.getDouble();
        for (int weight = 0; weight < logitWeights.length; weight++) {
            logitWeights[weight] += lane.getDouble();
        }
    }

    void takeRanks(MessageReader learner, int positions) {
        for (int i = 0; i < positions; i++) {
            ranks[i] += learner.getInt();
        }
    }

    /** Gradient of the logit weights, {@code [B]}. */
    float[] logitWeights() {
        float[] gradient = new float[logitWeights.length];
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] = (float) logitWeights[i];
        }
        return gradient;
    }

    /** The first guard that a step fails at; null if it may be taken. */
    @Nullable
    StepGuard failed(double losses) {
        if (!Double.isFinite(losses)) {
            return StepGuard.LOSS;
        }
        if (!Double.isFinite(norm())) {
            return StepGuard.DENSE_GRADIENT;
        }
        return Double.isFinite(rowSquares) ? null : StepGuard.ROW_GRADIENT;
    }

    /** Length of the dense gradient. */
    double norm() {
        double sum = squares;
        for (float weight : logitWeights()) {
            sum += (double) weight * weight;
        }
        return Math.sqrt(sum);
    }

    /** How many items stood before a position's target. */
    int rank(int position) {
        return ranks[position];
    }
}
