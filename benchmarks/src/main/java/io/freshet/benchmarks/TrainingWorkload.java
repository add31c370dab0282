package io.freshet.benchmarks;

import io.freshet.evaluate.TrainingConfig;
import io.freshet.evaluate.epochs.UserSequences;
import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.ModelConfig.Variant;
import io.freshet.model.PopularityDecay;
import io.freshet.model.hstu.Hstu;
import io.freshet.store.Interaction;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One model and one batch, the same for everybody who is measured: sequences of equal length, so that a peer that pads
 * has nothing to pad.
 *
 * @param preset {@code small} or {@code gr-parity}
 * @param length interactions that are read of every sequence
 * @param sequences in a step
 * @param items in the catalogue
 * @param negatives of each position; 0: softmax over the catalogue
 * @param model sizes
 */
public record TrainingWorkload(String preset, int length, int sequences, int items, int negatives, ModelConfig model) {
    /** About this many tokens are in a step. */
    private static final int TOKENS = 6_400;

    /** A preset at a length of history: {@code small} with a softmax over 1,024 items, {@code gr-parity} over 3,416. */
    public static TrainingWorkload of(String preset, int length) {
        return switch (preset) {
            case "small" ->
                new TrainingWorkload(
                        preset,
                        length,
                        TOKENS / length,
                        1024,
                        0,
                        new ModelConfig(
                                new LayerConfig(Variant.STREAMING, 64, 4, 2, 32, 72),
                                new ContextConfig(length + 1, 1),
                                0.2f,
                                new PopularityDecay(1, 1),
                                7,
                                ActionRules.DEFAULT));
            case "gr-parity" ->
                new TrainingWorkload(
                        preset,
                        length,
                        TOKENS / length,
                        3416,
                        128,
                        new ModelConfig(
                                new LayerConfig(Variant.RESEARCH, 50, 2, 1, 50, 128),
                                new ContextConfig(length, 1),
                                0.05f,
                                new PopularityDecay(1, 1),
                                7,
                                ActionRules.DEFAULT));
            default -> throw new IllegalArgumentException("unknown preset " + preset + "; small or gr-parity");
        };
    }

    /** The model as an architecture. */
    public Hstu architecture() {
        return new Hstu(preset, model);
    }

    /** Supervised positions of a step. */
    public int positions() {
        return sequences * (length + (model.beginToken() ? 1 : 0));
    }

    /** One step is one epoch over these: {@code length + 1} interactions each, popular items more often. */
    public UserSequences data() {
        SplittableRandom random = new SplittableRandom(11);
        List<List<Interaction>> users = new ArrayList<>();
        for (int u = 0; u < sequences; u++) {
            List<Interaction> sequence = new ArrayList<>();
            long time = 1_500_000_000_000L + random.nextLong(1_000_000_000L);
            for (int i = 0; i <= length; i++) {
                double share = random.nextDouble();
                time += (long) (Math.exp(random.nextDouble() * 14) * 100);
                sequence.add(new Interaction((int) (items * share * share), (byte) random.nextInt(4), time, 0, i));
            }
            users.add(sequence);
        }
        return new UserSequences(users, items);
    }

    /** A step takes all sequences; no dropout, so that losses can be compared. */
    public TrainingConfig training(int threads) {
        return new TrainingConfig(1, sequences, negatives, 0f, 1e-3f, 1, 1, false, 2, threads, 7);
    }
}
