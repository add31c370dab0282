package io.freshet.job.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.job.clock.EndOffsets;
import io.freshet.job.core.PermanentFailure;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever waits for looks gets looks, or is told that none will come. */
@Timeout(30)
class EndOffsetProbeTest {
    private final AtomicReference<@Nullable Throwable> planted = new AtomicReference<>();
    private final CountDownLatch woken = new CountDownLatch(1);
    private final AtomicLong now = new AtomicLong();

    private final EndOffsetProbe.Topic topic = new EndOffsetProbe.Topic() {
        @Override
        public String name() {
            return "events";
        }

        @Override
        public void requireSame() {
            Throwable e = planted.get();
            if (e instanceof Error error) {
                throw error;
            } else if (e instanceof RuntimeException exception) {
                throw exception;
            }
        }
    };

    private EndOffsetProbe probe() {
        MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none") {
            @Override
            public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions, Duration timeout) {
                return Map.of(partitions.iterator().next(), 5L);
            }
        };
        EndOffsetProbe probe =
                new EndOffsetProbe(consumer, topic, "changes", 1, now::incrementAndGet, woken::countDown);
        probe.add(Set.of(0));
        return probe;
    }

    private static EndOffsets next(EndOffsetProbe probe) throws Exception {
        while (!probe.hasResult()) {
            Thread.sleep(1);
        }
        return Objects.requireNonNull(probe.poll());
    }

    @Test
    void anErrorEndsTheLooksAndWhoWaitsIsWokenAndTold() throws Exception {
        planted.set(new OutOfMemoryError("planted"));
        try (EndOffsetProbe probe = probe()) {
            woken.await();
            assertThatThrownBy(probe::poll)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("events", "planted")
                    .hasCauseInstanceOf(OutOfMemoryError.class);
            assertThat(probe.hasResult()).isTrue();
        }
    }

    @Test
    void aTopicThatWasMadeAgainIsToldAsItIs() throws Exception {
        planted.set(new PermanentFailure("made again"));
        try (EndOffsetProbe probe = probe()) {
            woken.await();
            assertThatThrownBy(probe::poll).isInstanceOf(PermanentFailure.class).hasMessage("made again");
        }
    }

    @Test
    void looksThatFailAreCountedAndComeAgain() throws Exception {
        planted.set(new IllegalStateException("nobody answers"));
        try (EndOffsetProbe probe = probe()) {
            while (probe.failures() < 3) {
                Thread.sleep(1);
            }
            planted.set(null);
            assertThat(next(probe).ends()).isEqualTo(Map.of(0, 5L));
            assertThat(next(probe).ends()).isEqualTo(Map.of(0, 5L));
        }
    }
}
