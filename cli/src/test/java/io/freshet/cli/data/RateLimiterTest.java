package io.freshet.cli.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** When events are due. */
class RateLimiterTest {
    @Test
    void theLivePartBeginsWhenAllBeforeItIsServed() {
        AtomicLong asked = new AtomicLong();
        List<String> heard = new ArrayList<>();
        RateLimiter pace = new RateLimiter.CatchUpThenLive(
                3, 1e9, sent -> sent == 3 && asked.incrementAndGet() >= 4, () -> heard.add("live after " + asked));
        for (long sent = 0; sent < 6; sent++) {
            pace.await(sent);
            if (sent < 3) {
                assertThat(asked).as("nothing waits while it goes flat out").hasValue(0);
            }
        }
        assertThat(heard).containsExactly("live after 4");
    }

    @Test
    void flatOutNeverWaits() {
        RateLimiter pace = RateLimiter.of(0);
        pace.await(1_000_000);
        assertThat(RateLimiter.of(50)).isInstanceOf(RateLimiter.Steady.class);
    }
}
