package io.freshet.train.loss;

import io.freshet.train.exchange.MessageReader;
import io.freshet.train.items.ItemShards;

/**
 * The softmax over all shards: what a position's logits come to in every lane, put together in lane order. Maximum and
 * sum of exponentials as in the online softmax of Milakov and Gimelshein (2018).
 */
public final class StepLoss {
    private final int lanes;
    private float[][] max;
    private float[][] sum;
    private float[][] factors;
    private float[] logits = new float[0];
    private float[] scores = new float[0];
    private double[] most = new double[0];
    private double[] total = new double[0];

    public StepLoss(int lanes) {
        this.lanes = lanes;
        max = new float[lanes][0];
        sum = new float[lanes][0];
        factors = new float[lanes][0];
    }

    public void begin(int positions) {
        if (logits.length < positions) {
            max = new float[lanes][2 * positions];
            sum = new float[lanes][2 * positions];
            factors = new float[lanes][2 * positions];
            logits = new float[2 * positions];
            scores = new float[2 * positions];
            most = new double[2 * positions];
            total = new double[2 * positions];
        }
    }

    /** Takes a lane's part that was computed here. */
    public void take(int lane, ShardLoss shard, StepPositions positions, ItemShards items) {
        for (int i = 0; i < positions.count(); i++) {
            max[lane][i] = shard.max(i);
            sum[lane][i] = shard.sum(i);
            if (items.laneOf(positions.item(i)) == lane) {
                logits[i] = shard.targetLogit(i);
                scores[i] = shard.targetScore(i);
            }
        }
    }

    /** The same from its owner. */
    public void take(int lane, MessageReader owner, StepPositions positions, ItemShards items) {
        for (int i = 0; i < positions.count(); i++) {
            max[lane][i] = owner.getFloat();
            sum[lane][i] = owner.getFloat();
            if (items.laneOf(positions.item(i)) == lane) {
                logits[i] = owner.getFloat();
                scores[i] = owner.getFloat();
            }
        }
    }

    /** Sum of the losses of all positions, {@code -log p(target)} each. */
    public double total(int positions) {
        double losses = 0;
        for (int i = 0; i < positions; i++) {
            double largest = Double.NEGATIVE_INFINITY;
            for (int lane = 0; lane < lanes; lane++) {
                largest = Math.max(largest, max[lane][i]);
            }
            double all = 0;
            for (int lane = 0; lane < lanes; lane++) {
                all += sum[lane][i] == 0 ? 0 : sum[lane][i] * StrictMath.exp(max[lane][i] - largest);
            }
            most[i] = largest;
            total[i] = all;
            losses += StrictMath.log(all) + largest - logits[i];
        }
        return losses;
    }

    /** What makes a lane's weights gradients of the mean loss, of the first positions; valid until the next step. */
    public float[] factors(int lane, int positions) {
        float[] mine = factors[lane];
        for (int i = 0; i < positions; i++) {
            mine[i] =
                    sum[lane][i] == 0 ? 0f : (float) (StrictMath.exp(max[lane][i] - most[i]) / (total[i] * positions));
        }
        return mine;
    }

    /** Scores of all targets; valid until the next step. */
    public float[] scores() {
        return scores;
    }
}
