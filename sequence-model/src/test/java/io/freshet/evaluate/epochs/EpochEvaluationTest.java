package io.freshet.evaluate.epochs;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.evaluate.TrainingConfig;
import io.freshet.evaluate.TrainingValues;
import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ActionRules;
import io.freshet.model.Architecture;
import io.freshet.model.ContextConfig;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.ModelConfig.Variant;
import io.freshet.model.PopularityDecay;
import io.freshet.model.hstu.Hstu;
import io.freshet.model.sasrec.SasRec;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every architecture learns what can be learned, and the number of threads changes no bits. */
class EpochEvaluationTest {
    private static final int ITEMS = 40;

    static Stream<Architecture> architectures() {
        return Stream.of(
                new SasRec(16, 1, 2, 12, 0.1f),
                new Hstu(
                        "research",
                        new ModelConfig(
                                new LayerConfig(Variant.RESEARCH, 16, 1, 2, 8, 1),
                                new ContextConfig(12, 8),
                                0.1f,
                                new PopularityDecay(1, 1),
                                3,
                                ActionRules.DEFAULT)),
                new Hstu(
                        "streaming",
                        new ModelConfig(
                                new LayerConfig(Variant.STREAMING, 16, 1, 2, 8, 8),
                                new ContextConfig(13, 8),
                                0.1f,
                                new PopularityDecay(1, 1),
                                3,
                                ActionRules.DEFAULT)));
    }

    /** Users walk through the items in a circle: the next item follows from the last. */
    private static UserSequences walks() {
        SplittableRandom random = new SplittableRandom(4);
        UserSequences.Builder builder = new UserSequences.Builder();
        for (int u = 0; u < 120; u++) {
            int at = random.nextInt(ITEMS);
            for (int i = 0; i < 12; i++) {
                builder.add("u" + u, "i" + at, i % 2, i * 60_000L);
                at = (at + 1) % ITEMS;
            }
        }
        return builder.build();
    }

    private static TrainingConfig config(int negatives, int threads) {
        return new TrainingConfig(30, 16, negatives, 0.1f, 1e-2f, 5, 9, true, 3, threads, 5);
    }

    private static final EpochEvaluation.Progress SILENT = new EpochEvaluation.Progress() {
        @Override
        public void epoch(int epoch, double loss) {}

        @Override
        public void validated(EpochEvaluation.Validation validation) {}
    };

    @ParameterizedTest
    @MethodSource("architectures")
    void theNextStepOfAWalkIsLearned(Architecture architecture) {
        try (Device device = CpuDevices.best()) {
            Split split = Split.leaveOneOut(walks());
            EpochEvaluation.Outcome outcome = EpochEvaluation.run(architecture, config(16, 1), split, device, SILENT);
            assertThat(outcome.test().targets()).isEqualTo(120);
            assertThat(outcome.test().hitRatio1()).as("chance is 1 in 40").isGreaterThan(0.7);
            assertThat(outcome.curve().get(0).loss())
                    .isGreaterThan(outcome.curve().get(5).loss());
        }
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void threadsChangeNoBits(Architecture architecture) {
        try (Device device = CpuDevices.best()) {
            Split split = Split.leaveOneOut(walks());
            for (int negatives : new int[] {0, 8}) {
                TrainingValues.Weights one = trained(architecture, config(negatives, 1), split, device);
                TrainingValues.Weights three = trained(architecture, config(negatives, 3), split, device);
                assertThat(three.dense()).isEqualTo(one.dense());
                assertThat(three.rows()).isEqualTo(one.rows());
            }
        }
    }

    private static TrainingValues.Weights trained(Architecture a, TrainingConfig config, Split split, Device device) {
        try (EpochTrainer trainer = new EpochTrainer(a, config, split, device)) {
            trainer.epoch(1);
            trainer.epoch(2);
            return trainer.weights();
        }
    }

    @Test
    void anItemThatTrainingNeverSawIsAMiss() {
        UserSequences.Builder builder = new UserSequences.Builder();
        for (int u = 0; u < 4; u++) {
            for (int i = 0; i < 5; i++) {
                builder.add("u" + u, "i" + i, 0, i);
            }
            builder.add("u" + u, "new" + u, 0, 9);
        }
        try (Device device = CpuDevices.best()) {
            Split split = Split.leaveOneOut(builder.build());
            SasRec model = new SasRec(8, 1, 1, 8, 0.1f);
            try (EpochTrainer trainer = new EpochTrainer(model, config(4, 1), split, device)) {
                assertThat(trainer.rank(split.test())).containsOnly(-1);
            }
        }
    }
}
