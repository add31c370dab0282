package io.freshet.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.model.ActionRules;
import io.freshet.model.ModelConfig;
import io.freshet.train.LearnerConfig;
import io.freshet.train.step.SoftmaxConfig.BiasSet;
import org.junit.jupiter.api.Test;

/** Names of variants and the learners that they stand for. */
class LearnerVariantTest {
    @Test
    void fullIsThePresetThatCountsEveryRating() {
        LearnerConfig full = LearnerVariant.of("full");
        assertThat(full.model()).isEqualTo(ModelConfig.small().withActions(ActionRules.EVERY_RATING));
        assertThat(full.training().batchTokens())
                .isEqualTo(LearnerConfig.small().training().batchTokens());
        assertThat(full.training().softmax().biases()).isEqualTo(BiasSet.ALL);
    }

    @Test
    void aVariantSaysWhatActionsMean() {
        ActionRules rules = LearnerVariant.of("rating-threshold=3+impressions=WEAK_NEGATIVE+hide-weight=0.25")
                .model()
                .actions();
        assertThat(rules).isEqualTo(new ActionRules(3, 0, ActionRules.Impressions.WEAK_NEGATIVE, 0.25f));
    }

    @Test
    void changesAreJoined() {
        LearnerConfig learner = LearnerVariant.of("no-transitions+replay-ratio=0.5+temperature=0.2+negatives=64");
        assertThat(learner.training().softmax().biases()).isEqualTo(BiasSet.POPULARITY);
        assertThat(learner.training().replayRatio()).isEqualTo(0.5f);
        assertThat(learner.model().temperature()).isEqualTo(0.2f);
        assertThat(learner.training().softmax().negatives()).isEqualTo(64);
        assertThat(learner.training().softmax().fullSoftmaxItems())
                .as("negatives are for catalogues of any size")
                .isZero();
        assertThat(LearnerVariant.of("no-time-bias").model().timeBuckets()).isEqualTo(1);
    }

    @Test
    void theMemoriesAloneAreAVariant() {
        assertThat(LearnerVariant.of("no-network").training().softmax().biases())
                .isEqualTo(BiasSet.NO_NETWORK);
        assertThat(LearnerVariant.of("publish-steps=1").publishSteps()).isEqualTo(1);
    }

    /** What the network adds to counts is to be seen in every table. */
    @Test
    void streamsAreEvaluatedWithAndWithoutTheNetworkUnlessToldOtherwise() {
        assertThat(new StreamOptions().variants()).containsExactly("full", "no-network");
    }

    @Test
    void whatNobodyKnowsIsRefusedByName() {
        assertThatThrownBy(() -> LearnerVariant.of("faster"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("faster");
        assertThatThrownBy(() -> LearnerVariant.of("full+colour=3"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("colour");
    }
}
