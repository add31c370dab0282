package io.freshet.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.kernel.Device;
import io.freshet.kernel.KernelProvider;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.items.ItemScan;
import io.freshet.schema.EntityIds;
import io.freshet.store.TickChanges;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Answers do not depend on how the best items are found. */
class ItemScanTest {
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

    @Test
    void everyAnswerOfEveryTickIsTheSame() {
        for (KernelProvider provider : List.of(CpuDevices.scalar(), CpuDevices.vector())) {
            try (SmallWorld world = new SmallWorld();
                    Device device = provider.open();
                    ScoringEngine all = new ScoringEngine(device, Limits.defaults(), () -> 0, ItemScan.FLOAT32);
                    ScoringEngine screened = new ScoringEngine(device, Limits.defaults(), () -> 0, ItemScan.INT8)) {
                world.next();
                all.install(
                        SmallWorld.MODEL, EntityIds.standard(), world.store().view(), world.version());
                screened.install(
                        SmallWorld.MODEL, EntityIds.standard(), world.store().view(), world.version());
                for (int tick = 0; tick < 15; tick++) {
                    TickChanges changes = world.next();
                    all.advance(changes, world.store().view(), world.version());
                    screened.advance(changes, world.store().view(), world.version());
                    for (int user = 0; user < 11; user++) {
                        Subject subject = new Subject("u" + user, List.of());
                        for (int k : new int[] {1, 5, 1000}) {
                            same(all, screened, new Query.Recommend(subject, k, Set.of(), user % 2 == 0, 50_000));
                            same(all, screened, new Query.Recommend(subject, k, Set.of("i0", "i7"), false, 0));
                        }
                        same(all, screened, new Query.Similar("i" + user, 4));
                        same(all, screened, new Query.Score(subject, List.of("i1", "i2", "none"), 50_000));
                    }
                }
                assertThat(screened.scans()).isEqualTo(all.scans()).isPositive();
                assertThat(screened.scored()).isLessThanOrEqualTo(all.scored()).isPositive();
            }
        }
    }

    private static void same(ScoringEngine one, ScoringEngine other, Query query) {
        Answer expected = one.ask(query, Freshness.ANY, PATIENCE).join();
        Answer answer = other.ask(query, Freshness.ANY, PATIENCE).join();
        assertThat(answer.items()).isEqualTo(expected.items());
        assertThat(answer.degraded()).isEqualTo(expected.degraded());
        assertThat(answer.coverage()).isEqualTo(expected.coverage());
        assertThat(answer.version()).isEqualTo(expected.version());
    }
}
