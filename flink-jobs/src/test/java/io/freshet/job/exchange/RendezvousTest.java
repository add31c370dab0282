package io.freshet.job.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.streaming.api.operators.collect.CollectCoordinationResponse;
import org.junit.jupiter.api.Test;

/** Learners are brought together when all have asked, of the same snapshot, and nobody is left waiting. */
class RendezvousTest {
    private final Rendezvous rendezvous = new Rendezvous((OperatorCoordinator.Context) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {OperatorCoordinator.Context.class}, (proxy, method, args) -> {
                if (method.getName().equals("currentParallelism")) {
                    return 2;
                }
                throw new IllegalStateException("the rendezvous asked for " + method.getName());
            }));

    private CompletableFuture<CoordinationResponse> ask(int subtask, int attempt, String snapshot) {
        return rendezvous.handleCoordinationRequest(
                new JoinRequest(subtask, attempt, "127.0.0.1", 5000 + 10 * attempt + subtask, snapshot));
    }

    private static Members members(CompletableFuture<CoordinationResponse> answer) {
        try {
            return Members.fromText(((CollectCoordinationResponse) answer.join()).getVersion());
        } catch (UnknownHostException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void allGetTheSameListWhenTheLastHasAsked() {
        CompletableFuture<CoordinationResponse> second = ask(1, 0, "s");
        assertThat(second).isNotDone();
        CompletableFuture<CoordinationResponse> first = ask(0, 0, "s");
        assertThat(members(first)).isEqualTo(members(second));
        assertThat(members(first).addresses().get(1).getPort()).isEqualTo(5001);
        assertThat(members(first).group()).isNotEqualTo(group(ask(0, 1, "s"), ask(1, 1, "s")));
    }

    private static String group(
            CompletableFuture<CoordinationResponse> one, CompletableFuture<CoordinationResponse> two) {
        assertThat(members(one)).isEqualTo(members(two));
        return members(one).group();
    }

    @Test
    void learnersOfDifferentSnapshotsAreRefusedWithBothNames() {
        CompletableFuture<CoordinationResponse> first = ask(0, 0, "newer");
        CompletableFuture<CoordinationResponse> second = ask(1, 0, "older");
        for (CompletableFuture<CoordinationResponse> one : List.of(first, second)) {
            assertThatThrownBy(one::join).hasMessageContaining("newer").hasMessageContaining("older");
        }
    }

    @Test
    void whoFailedOrStartsAgainIsForgotten() {
        CompletableFuture<CoordinationResponse> failed = ask(0, 0, "s");
        rendezvous.executionAttemptFailed(0, 0, null);
        assertThat(failed).isCompletedExceptionally();
        CompletableFuture<CoordinationResponse> reset = ask(0, 1, "s");
        rendezvous.subtaskReset(0, 7);
        assertThat(reset).isCompletedExceptionally();
        CompletableFuture<CoordinationResponse> replaced = ask(0, 2, "s");
        CompletableFuture<CoordinationResponse> newer = ask(0, 3, "s");
        assertThat(replaced).isCompletedExceptionally();
        rendezvous.executionAttemptFailed(0, 2, null);
        assertThat(newer).as("the failure of an older attempt").isNotDone();
        CompletableFuture<CoordinationResponse> other = ask(1, 0, "s");
        assertThat(members(newer).addresses().get(0).getPort()).isEqualTo(5030);
        assertThat(members(other)).isEqualTo(members(newer));
    }

    @Test
    void theEndOfTheJobRefusesAllWhoWait() {
        CompletableFuture<CoordinationResponse> waiting = ask(1, 0, "s");
        rendezvous.close();
        assertThatThrownBy(waiting::join).hasMessageContaining("the job ends");
    }
}
