package io.freshet.benchmarks.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The log is the same for the same seed, and as skewed as it says. */
class SkewedLogTest {
    private static final long EPOCH = 1_700_000_000_000L;

    @Test
    void aSeedGivesTheSameLog() {
        SkewedLog one = new SkewedLog(5, EPOCH, 3, 200);
        SkewedLog two = new SkewedLog(5, EPOCH, 3, 200);
        for (int n = 0; n < 5000; n++) {
            SkewedLog.Entry a = one.next();
            SkewedLog.Entry b = two.next();
            assertThat(a.number()).isEqualTo(b.number());
            assertThat(a.partition()).isEqualTo(b.partition());
            assertThat(a.timestamp()).isEqualTo(b.timestamp());
            assertThat(Arrays.equals(a.key(), b.key()) && Arrays.equals(a.value(), b.value()))
                    .isTrue();
        }
    }

    @Test
    void itIsSkewed() {
        int partitions = 5;
        SkewedLog log = new SkewedLog(6, EPOCH, partitions, 200);
        long[] records = new long[partitions];
        Map<String, Integer> partitionOf = new HashMap<>();
        Set<Integer> heartbeats = new HashSet<>();
        long hot = 0;
        long all = 0;
        while (all < 20_000) {
            SkewedLog.Entry entry = log.next();
            if (entry.number() < 0) {
                heartbeats.add(entry.partition());
                continue;
            }
            assertThat(entry.number()).isEqualTo(all++);
            records[entry.partition()]++;
            if (entry.key() != null) {
                String user = new String(entry.key(), StandardCharsets.UTF_8);
                hot += user.equals(SkewedLog.HOT_USER) ? 1 : 0;
                assertThat(partitionOf.computeIfAbsent(user, key -> entry.partition()))
                        .isEqualTo(entry.partition());
            }
        }
        assertThat(hot / (double) all).isBetween(0.27, 0.33);
        assertThat(records[0]).isGreaterThan(all / 2);
        assertThat(records[partitions - 1]).isPositive().isLessThan(all / 100);
        assertThat(heartbeats).hasSize(partitions);
        assertThat(log.end().subList(0, partitions)).allMatch(entry -> entry.number() < 0);
    }
}
