package io.freshet.verification.faults.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The log is the same for the same seed, and as skewed as it says. */
class SkewedLogTest {
    private static final long EPOCH = 1_700_000_000_000L;

    @Test
    void aSeedGivesTheSameLog() {
        SkewedLog one = new SkewedLog(5, EPOCH, new LogLayout(2), 200);
        SkewedLog two = new SkewedLog(5, EPOCH, new LogLayout(2), 200);
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
        int partitions = 4;
        LogLayout layout = new LogLayout(partitions);
        SkewedLog log = new SkewedLog(6, EPOCH, layout, 200);
        long[] records = new long[layout.atLast()];
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
        assertThat(records[0]).isGreaterThan(all * 2 / 5);
        assertThat(records[partitions - 1]).isPositive().isLessThan(all / 100);
        assertThat(heartbeats).hasSize(partitions);
        assertThat(log.end().subList(0, partitions)).allMatch(entry -> entry.number() < 0);
    }

    /** What a partition's records say, heartbeats left out. */
    private static List<Long> stamps(SkewedLog log, int partition, int records) {
        List<Long> stamps = new ArrayList<>();
        for (int n = 0; n < records; ) {
            SkewedLog.Entry entry = log.next();
            n += entry.number() < 0 ? 0 : 1;
            if (entry.number() >= 0 && entry.partition() == partition) {
                stamps.add(entry.timestamp());
            }
        }
        return stamps;
    }

    @Test
    void oneClockIsOnceFarAheadAndThenMostOfADayBehind() {
        LogLayout layout = new LogLayout(3);
        List<Long> stamps = stamps(new SkewedLog(7, EPOCH, layout, 200), layout.wandering(), 6000);
        long latest = EPOCH + 6000 * 1000 / 200;
        assertThat(stamps).filteredOn(stamp -> stamp > latest).hasSize(1).allMatch(stamp -> stamp > latest + 1_800_000);
        List<Long> last = stamps.subList(stamps.size() / 2, stamps.size());
        assertThat(last).allMatch(stamp -> stamp < EPOCH - 20 * 3_600_000L);
    }

    @Test
    void partitionsEndAndAreAddedWhenItIsSaid() {
        LogLayout layout = new LogLayout(3);
        SkewedLog log = new SkewedLog(8, EPOCH, layout, 200);
        assertThat(stamps(log, layout.added(), 2000)).isEmpty();
        assertThat(stamps(log, layout.ending(), 2000)).isNotEmpty();
        log.partitionAdded();
        log.partitionEnds();
        assertThat(stamps(log, layout.added(), 2000)).isNotEmpty();
        assertThat(stamps(log, layout.ending(), 4000)).isEmpty();
        assertThat(stamps(log, layout.silent(), 2000)).isEmpty();
        assertThat(stamps(log, layout.transactional(), 2000)).isEmpty();
    }
}
