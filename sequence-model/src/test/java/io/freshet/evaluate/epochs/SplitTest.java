package io.freshet.evaluate.epochs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What is learned from, and what is held out. */
class SplitTest {
    @Test
    void leaveOneOutHoldsOutTheLastTwoOfEveryUserInOrderOfTime() {
        UserSequences.Builder builder = new UserSequences.Builder();
        builder.add("a", "x", 0, 30);
        builder.add("a", "y", 0, 10);
        builder.add("a", "z", 0, 20);
        builder.add("a", "w", 0, 30);
        builder.add("b", "x", 0, 5);
        builder.add("b", "y", 0, 6);
        UserSequences data = builder.build();
        Split split = Split.leaveOneOut(data);
        assertThat(data.items()).isEqualTo(4);
        // Of equal times the one that came first stands first: y, z, x, w.
        assertThat(data.sequences().get(0)).extracting(i -> i.item()).containsExactly(1L, 2L, 0L, 3L);
        assertThat(split.trained()).containsExactly(2, 2);
        assertThat(split.validation()).containsExactly(new Split.Target(0, 2));
        assertThat(split.test()).containsExactly(new Split.Target(0, 3));
        assertThat(split.trainedPositions()).isEqualTo(2);
        split.requireParts();
    }

    @Test
    void aSplitWithoutOneOfItsPartsIsRefusedWithTheCounts() {
        UserSequences.Builder builder = new UserSequences.Builder();
        for (int t = 0; t < 3; t++) {
            builder.add("a", "i" + t, 0, 7);
        }
        assertThatThrownBy(() -> Split.leaveOneOut(builder.build()).requireParts())
                .hasMessageContaining("3 interactions of 1 users give 0 positions to learn from, 1 validation and 1");
        assertThatThrownBy(() -> Split.temporal(builder.build(), 0.8, 0.9).requireParts())
                .as("all at one time")
                .hasMessageContaining("0 positions to learn from, 0 validation and 2 test targets");
    }

    @Test
    void temporalCutsAtOneInstantForAll() {
        UserSequences.Builder builder = new UserSequences.Builder();
        for (int t = 0; t < 10; t++) {
            builder.add(t % 2 == 0 ? "a" : "b", "i" + t, 0, t * 100L);
        }
        Split split = Split.temporal(builder.build(), 0.6, 0.8);
        assertThat(split.trained()).containsExactly(3, 3);
        assertThat(split.validation()).containsExactly(new Split.Target(0, 3), new Split.Target(1, 3));
        assertThat(split.test()).containsExactly(new Split.Target(0, 4), new Split.Target(1, 4));
    }
}
