package io.freshet.job.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.job.exchange.SocketExchange;
import io.freshet.job.records.TickedEvent;
import io.freshet.train.exchange.Exchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two learners, each on its thread with lanes of its own, are one learner: the same bits, one snapshot. */
class LearnersTogetherTest {
    private final CoreRig rig = new CoreRig();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void close() throws Exception {
        threads.shutdownNow();
        rig.close();
    }

    /** Runs the same on every learner's thread; gives what each gave. */
    private <T> List<T> all(List<SocketExchange> exchanges, Function<Exchange, T> work) throws Exception {
        List<CompletableFuture<T>> running = new ArrayList<>();
        exchanges.forEach(one -> running.add(CompletableFuture.supplyAsync(() -> work.apply(one), threads)));
        List<T> done = new ArrayList<>();
        for (CompletableFuture<T> one : running) {
            done.add(one.get(60, TimeUnit.SECONDS));
        }
        return done;
    }

    private static void run(LearnerCore core, Map<Long, List<TickedEvent>> ticks) {
        ticks.forEach((tick, events) -> {
            events.stream().filter(event -> core.owns(event.user)).forEach(core::take);
            core.close(CoreRig.end(tick), outcome -> {});
        });
    }

    @Test
    void twoLearnersGiveTheBitsOfOneAndTheirCheckpointIsReadByOneOrTwo() throws Exception {
        PlantedLog log = new PlantedLog(11, 16);
        long middle = new ArrayList<>(log.ticks.keySet()).get(log.ticks.size() / 2);
        byte[][] entries;
        List<SocketExchange> first = SocketExchange.group(2, 30_000);
        try {
            entries = all(first, exchange -> {
                        try (LearnerCore core = rig.open(null, exchange)) {
                            run(core, log.ticks.headMap(middle, true));
                            Map.Entry<Long, List<TickedEvent>> open = log.ticks.higherEntry(middle);
                            open.getValue().stream()
                                    .filter(event -> core.owns(event.user))
                                    .forEach(core::take);
                            return CoreRig.cut(core, 5);
                        }
                    })
                    .toArray(new byte[0][]);
        } finally {
            first.forEach(SocketExchange::close);
        }
        try (LearnerCore core = rig.open(entries)) {
            goOn(core, log, middle);
        }
        List<SocketExchange> second = SocketExchange.group(2, 30_000);
        try {
            all(second, exchange -> {
                try (LearnerCore core = rig.open(new LearnerCore.Checkpoint(List.of(entries)), exchange)) {
                    goOn(core, log, middle);
                    core.end(outcome -> {});
                    return core.tick();
                }
            });
        } finally {
            second.forEach(SocketExchange::close);
        }
        assertThat(rig.published).isEqualTo(log.digests());
        assertThat(rig.repository.latest().orElseThrow().tick()).isEqualTo(log.ticks.lastKey());
        assertThat(rig.opened.get("feed")).as("one of them publishes").isEqualTo(3);
        assertThat(rig.closed).isEqualTo(rig.opened);
    }

    /** The tick that was open at the cut is in the checkpoint. */
    private static void goOn(LearnerCore core, PlantedLog log, long middle) {
        long open = log.ticks.higherKey(middle);
        core.close(CoreRig.end(open), outcome -> {});
        run(core, log.ticks.tailMap(open, false));
    }

    @Test
    void learnersThatDifferDoNotGoOn() throws Exception {
        List<SocketExchange> exchanges = SocketExchange.group(2, 30_000);
        try {
            List<String> ends = all(exchanges, exchange -> {
                TickAgreement agreement = new TickAgreement(exchange);
                try {
                    agreement.agree(new TreeMap<>(), 7, exchange.self());
                    return "agreed";
                } catch (IllegalStateException e) {
                    return String.valueOf(e.getMessage());
                }
            });
            assertThat(ends).allMatch(end -> end.contains("they no longer hold the same model"));
        } finally {
            exchanges.forEach(SocketExchange::close);
        }
    }

    @Test
    void whoIsGoneFailsTheOtherByName() throws Exception {
        List<SocketExchange> exchanges = SocketExchange.group(2, 30_000);
        try {
            List<LearnerCore> cores = all(exchanges, exchange -> rig.open(null, exchange));
            exchanges.get(1).close();
            cores.get(0).take(CoreRig.click(0, 0, 0, 1, 1));
            assertThatThrownBy(() -> cores.get(0).close(CoreRig.end(0), outcome -> {}))
                    .hasMessageContaining("learner 1 is gone");
            cores.forEach(LearnerCore::close);
            assertThat(rig.closed).isEqualTo(rig.opened);
        } finally {
            exchanges.forEach(SocketExchange::close);
        }
    }
}
