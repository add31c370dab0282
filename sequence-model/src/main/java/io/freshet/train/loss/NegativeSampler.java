package io.freshet.train.loss;

import io.freshet.model.CounterRandom;
import io.freshet.model.items.ItemDirectory;

/**
 * Draws shared negatives from a mixture, half uniform over the catalogue and half by decayed frequency, as a pure
 * function of (seed, tick, step) and the directory.
 */
public final class NegativeSampler {
    /** Decayed frequencies of all items up to and including each itemIndex, summed, {@code [V]}. */
    private double[] cumulative = new double[1024];

    private int items;

    /** Prepares the frequency half for a tick. */
    public void prepare(ItemDirectory directory, long tick) {
        items = directory.size();
        if (cumulative.length < items) {
            cumulative = new double[items * 2];
        }
        double sum = 0;
        for (int itemIndex = 0; itemIndex < items; itemIndex++) {
            sum += exponential(directory.logPopularity(itemIndex, tick));
            cumulative[itemIndex] = sum;
        }
    }

    /** The itemIndex of the {@code n}-th draw under a key; items may come twice. */
    public int draw(long key, int n) {
        long bits = CounterRandom.mix(key, n);
        double u = CounterRandom.uniform(CounterRandom.mix(bits, 7));
        if ((bits & 1) == 0) {
            return (int) (u * items);
        }
        double target = u * cumulative[items - 1];
        int low = 0;
        int high = items - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (cumulative[middle] > target) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** Probability of an item under one draw of the mixture. */
    public double probability(int itemIndex) {
        return 0.5 / items + 0.5 * frequency(itemIndex);
    }

    /** Share of an item in the decayed frequencies. */
    public double frequency(int itemIndex) {
        return (cumulative[itemIndex] - (itemIndex == 0 ? 0 : cumulative[itemIndex - 1])) / cumulative[items - 1];
    }

    private static double exponential(float x) {
        double t = x * 1.4426950408889634;
        int whole = (int) Math.floor(t);
        double f = t - whole;
        double p = 1 + f * (0.6931472 + f * (0.2402265 + f * (0.0555041 + f * (0.0096181 + f * 0.0013333))));
        return Math.scalb(p, whole);
    }
}
