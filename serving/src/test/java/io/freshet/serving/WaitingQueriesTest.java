package io.freshet.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.serving.WaitingQueries.Waiting;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Queries that wait for a later state have a quota of their own, and take nothing from the others. */
class WaitingQueriesTest {
    private static final Version STATE = new Version(1, 1, 0, Map.of(0, 10L));

    private final WaitingQueries waiting = new WaitingQueries(new Limits(1, 1, 1, 1, 2, 1, 1, 1));

    private static Waiting query(Freshness.Mode mode, long offset, long deadline) {
        Freshness freshness = new Freshness(Map.of(0, offset), mode);
        return new Waiting(new Query.Similar("i", 1), freshness, 0, deadline, new CompletableFuture<>());
    }

    @Test
    void whatCannotBeAnsweredYetIsParkedUpToItsQuota() {
        Waiting first = query(Freshness.Mode.WAIT, 11, 100);
        Waiting second = query(Freshness.Mode.WAIT, 11, 100);
        assertThat(waiting.offer(first)).isNull();
        assertThat(waiting.offer(second)).isNull();
        assertThat(Objects.requireNonNull(waiting.offer(query(Freshness.Mode.SERVE, 0, 100)))
                        .code())
                .isEqualTo(Refusal.Code.OVERLOADED);
        assertThat(waiting.poll(STATE)).isNull();
        assertThat(first.answer()).isNotDone();
        assertThat(second.answer()).isCompletedExceptionally();
        assertThat(waiting.idle()).isTrue();
        Waiting other = query(Freshness.Mode.SERVE, 99, 100);
        assertThat(waiting.offer(other)).isNull();
        Waiting satisfied = query(Freshness.Mode.WAIT, 10, 100);
        assertThat(waiting.offer(satisfied)).isNull();
        assertThat(waiting.poll(STATE)).isSameAs(other);
        assertThat(waiting.poll(STATE)).as("it need not wait, whoever does").isSameAs(satisfied);
        Waiting third = query(Freshness.Mode.WAIT, 12, 100);
        assertThat(waiting.offer(third)).isNull();
        assertThat(waiting.poll(STATE)).isNull();
        assertThatThrownBy(third.answer()::join).hasMessageContaining("1 queries wait for a later state");
        waiting.unpark();
        assertThat(waiting.poll(new Version(2, 1, 0, Map.of(0, 11L)))).isSameAs(first);
        assertThat(waiting.size()).isZero();
    }

    @Test
    void whatIsLateIsRefusedAndWhatNobodyWaitsForIsCounted() {
        Waiting late = query(Freshness.Mode.WAIT, 11, 100);
        assertThat(waiting.offer(late)).isNull();
        assertThat(waiting.poll(null)).isNull();
        assertThat(waiting.expire(99, STATE)).isZero();
        assertThat(late.answer()).isNotDone();
        assertThat(waiting.expire(100, STATE)).isZero();
        assertThat(late.answer()).isCompletedExceptionally();
        Waiting left = query(Freshness.Mode.WAIT, 11, 100);
        assertThat(waiting.offer(left)).isNull();
        assertThat(waiting.poll(STATE)).isNull();
        left.answer().cancel(false);
        assertThat(waiting.expire(50, STATE)).isEqualTo(1);
        assertThat(waiting.noneParked()).isTrue();
    }
}
