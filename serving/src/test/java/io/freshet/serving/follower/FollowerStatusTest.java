package io.freshet.serving.follower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.serving.follower.FollowerStatus.State;
import org.junit.jupiter.api.Test;

/** A follower's states and rules are those that are drawn. */
class FollowerStatusTest {
    @Test
    void movesThatTheTableDoesNotDrawAreRefused() {
        assertThat(State.FAILED.mayBecome(State.FOLLOWING)).isFalse();
        assertThat(State.WAITING.mayBecome(State.FOLLOWING)).isFalse();
        for (State next : State.values()) {
            assertThat(State.CLOSED.mayBecome(next)).isFalse();
        }
    }

    @Test
    void rulesWithoutTimesAreRefused() {
        assertThatThrownBy(() -> new FollowerRules(0, 1, 1, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
