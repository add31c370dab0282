package io.freshet.benchmarks.parallel;

import io.freshet.job.exchange.SocketExchange;
import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.store.LaneRange;
import io.freshet.store.StoreLayout;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.Learner;
import io.freshet.train.LearnerConfig;
import io.freshet.train.TickReport;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.step.LaneBalance;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A number of learners, each on a thread of its own, that learn a log together. */
final class ParallelRun {
    private static final int LANES = 8;
    private static final int HISTORY = 200;
    private static final int TIMEOUT_MILLIS = 60_000;

    /** What one learner came to. */
    private record End(TickReport report, LaneBalance balance, InMemoryStore store) {}

    /**
     * Outcome of a run.
     *
     * @param learners how many
     * @param tokensPerSecond trained tokens of all together, a second of wall-clock time
     * @param bytesPerToken bytes that all gave to others, for a trained token
     * @param idleByOwner share of their time that would be idle if owners computed their lanes, by tokens
     * @param idle the same as lanes are dealt out
     * @param hitRatio10 of the last 5,000 to 10,000 events, before they were learned from
     * @param digests of the lanes at the end
     */
    record Outcome(
            int learners,
            double tokensPerSecond,
            double bytesPerToken,
            double idleByOwner,
            double idle,
            double hitRatio10,
            List<String> digests) {}

    private ParallelRun() {}

    static Outcome run(LearnerConfig config, int learners, List<List<LogEvent>> ticks) throws Exception {
        StoreLayout layout = new StoreLayout(LANES, 128, config.model().width(), HISTORY);
        List<SocketExchange> sockets = learners == 1 ? List.of() : SocketExchange.group(learners, TIMEOUT_MILLIS);
        long start = System.nanoTime();
        List<CompletableFuture<End>> running = new ArrayList<>();
        for (int k = 0; k < learners; k++) {
            Exchange exchange = learners == 1 ? Exchange.local() : sockets.get(k);
            CompletableFuture<End> end = new CompletableFuture<>();
            running.add(end);
            Thread thread = new Thread(
                    () -> end.completeAsync(() -> learn(config, layout, exchange, ticks), Runnable::run),
                    "learner-" + k);
            thread.setDaemon(true);
            thread.start();
        }
        List<End> ends = new ArrayList<>();
        for (CompletableFuture<End> one : running) {
            ends.add(one.get());
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        sockets.forEach(SocketExchange::close);
        return outcome(ends, seconds);
    }

    private static End learn(LearnerConfig config, StoreLayout layout, Exchange exchange, List<List<LogEvent>> ticks) {
        LaneRange owned = exchange.owned(layout.lanes());
        InMemoryStore store = new InMemoryStore(layout, owned);
        try (Device device = CpuDevices.best();
                Learner learner = Learner.open(config, store, device, exchange)) {
            for (int tick = 0; tick < ticks.size(); tick++) {
                List<LogEvent> mine = ticks.get(tick).stream()
                        .filter(event -> owned.contains(layout.laneOf(event.user())))
                        .toList();
                learner.learn(tick, mine, Map.of(0, (long) tick));
            }
            return new End(learner.report(), learner.balance(), store);
        }
    }

    private static Outcome outcome(List<End> ends, double seconds) {
        End first = ends.get(0);
        List<String> digests = new ArrayList<>();
        for (End end : ends) {
            LaneRange held = end.store.held();
            for (int lane = held.from(); lane < held.to(); lane++) {
                digests.add(HexFormat.of().formatHex(end.store.digests()[lane]));
            }
        }
        double tokens = first.report.tokens();
        return new Outcome(
                ends.size(),
                tokens / seconds,
                ends.stream().mapToLong(end -> end.balance.bytesGiven()).sum() / tokens,
                first.balance.idleByOwner(),
                first.balance.idle(),
                first.report.quality().recentModel().hitRatio10(),
                digests);
    }
}
