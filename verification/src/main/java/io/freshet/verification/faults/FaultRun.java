package io.freshet.verification.faults;

import io.freshet.job.audit.Relearning;
import io.freshet.schema.Topics;
import io.freshet.store.snapshot.Manifest;
import io.freshet.verification.faults.FaultPlan.Step;
import io.freshet.verification.faults.FaultPlan.Trigger;
import io.freshet.verification.faults.Outcome.Injected;
import io.freshet.verification.faults.ledger.CutCheck;
import io.freshet.verification.faults.ledger.LearnedState;
import io.freshet.verification.faults.ledger.Ledger;
import io.freshet.verification.faults.ledger.LedgerReport;
import io.freshet.verification.faults.ledger.Standing;
import io.freshet.verification.faults.log.Deliveries;
import io.freshet.verification.faults.log.LogTurn;
import io.freshet.verification.faults.log.Topic;
import io.freshet.verification.faults.processes.ChildProcesses;
import io.freshet.verification.faults.processes.ProbeClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** One run: the system is started, a log is written, a plan's faults are done to it, and what came out is judged. */
final class FaultRun {
    private static final int RATE = 120;
    /** Longest time without any progress, s: recoveries on a busy machine. */
    private static final int RECOVERY_SECONDS = 240;

    /** Ticks that prove that what was under way when a fault ended is not all that comes. */
    private static final int WELL_BEHIND = 20;

    private final FaultPlan plan;
    private final Path work;
    private final SystemUnderTest target;
    private final ProbeClient prober;
    private final long start;
    private final List<Injected> faults = new ArrayList<>();
    private final List<Standing.Calm> calms = new ArrayList<>();
    private long clockStart;
    /** Since when the system has been left alone and was well, wall clock, ms; -1 if it is not. */
    private long calmSince = -1;

    private FaultRun(FaultPlan plan, Path work, SystemUnderTest target, ProbeClient prober, long start) {
        this.plan = plan;
        this.work = work;
        this.target = target;
        this.prober = prober;
        this.start = start;
    }

    /** Runs a plan in a new directory; what goes wrong is in the outcome. */
    static Outcome run(FaultPlan plan, Path work, Path jar) throws Exception {
        long start = System.nanoTime();
        Files.createDirectories(work);
        try (ChildProcesses children = new ChildProcesses(work);
                SystemUnderTest target = new SystemUnderTest(work, jar, plan, children);
                ProbeClient prober = new ProbeClient(target.scoringPort())) {
            FaultRun run = new FaultRun(plan, work, target, prober, start);
            try {
                run.disturb();
                return run.judge();
            } catch (IllegalStateException | IllegalArgumentException e) {
                return run.outcome(String.valueOf(e.getMessage()), null);
            }
        } catch (IOException | IllegalStateException e) {
            // It did not even start, or what it left could not be read.
            return Outcome.broken(plan, e, (System.nanoTime() - start) / 1e9);
        }
    }

    private double seconds() {
        return (System.nanoTime() - start) / 1e9;
    }

    /** Runs the system and does to it what the plan says; ends when the whole log is written. */
    private void disturb() throws Exception {
        for (int n = 0; !prober.awaitAnswer(10); n++) {
            require(n < 30, "the scorer did not answer within 300 s of its start");
            target.keepScorer();
        }
        prober.expectAnswers();
        Process writer = target.writer(RATE);
        clockStart = System.nanoTime();
        awaitRecovery();
        for (int n = 0; !target.hasCheckpoint(); n++) {
            require(n < 600, "no checkpoint within 60 s");
            TimeUnit.MILLISECONDS.sleep(100);
        }
        for (int n = 0; n < plan.steps().size(); n++) {
            Step step = plan.steps().get(n);
            for (LogTurn turn : plan.turnsBefore(n)) {
                System.out.printf(Locale.ROOT, "    %6.1f s  %s%n", seconds(), turn.told());
                target.turn(turn, writer);
            }
            boolean seen = await(step.trigger());
            TimeUnit.MILLISECONDS.sleep(step.delayMillis());
            double at = seconds();
            endCalm();
            target.apply(step, prober);
            boolean last = n + 1 == plan.steps().size();
            Trigger next = last ? Trigger.TIME : plan.steps().get(n + 1).trigger();
            double recovery = next == Trigger.RECOVERY || next == Trigger.RESTORE ? -1 : awaitRecovery();
            Injected injected = new Injected(step, at, seen, recovery);
            faults.add(injected);
            System.out.println("    " + injected);
        }
        endCalm();
        writer.getOutputStream().close();
        require(writer.waitFor(150, TimeUnit.SECONDS), "the writer did not end within 150 s of being told to");
    }

    private void endCalm() {
        if (calmSince >= 0) {
            calms.add(new Standing.Calm(calmSince, System.currentTimeMillis()));
        }
        calmSince = -1;
    }

    private static void require(boolean met, String otherwise) {
        if (!met) {
            throw new IllegalStateException(otherwise);
        }
    }

    /** Waits for what triggers a step; gives whether it was seen. */
    private boolean await(Trigger trigger) throws InterruptedException {
        if (trigger == Trigger.TIME) {
            return true;
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
        while (System.nanoTime() < deadline) {
            boolean seen = switch (trigger) {
                case CHECKPOINT -> target.job().checkpointing();
                case RECOVERY -> !target.job().running();
                case RESTORE -> target.job().restoring();
                case TIME -> true;
            };
            if (seen) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(3);
        }
        return false;
    }

    /**
     * Waits until the job runs and the scorer answers from what was written after now; on a machine that is too busy to
     * keep up with the log, from ticks well behind those served so far. Gives the seconds it took.
     */
    private double awaitRecovery() throws InterruptedException {
        long from = System.nanoTime();
        long movedAt = from;
        long moved = prober.highest();
        long written = target.tickAfter((from - clockStart) / 1e9);
        long served = prober.highest();
        long tick = served < 0 ? written : Math.min(written, served + WELL_BEHIND);
        while (prober.highest() <= tick || !target.job().running()) {
            if (prober.highest() > moved) {
                moved = prober.highest();
                movedAt = System.nanoTime();
            }
            require(
                    (System.nanoTime() - movedAt) / 1e9 < RECOVERY_SECONDS,
                    "tick " + tick + " is not served, and nothing behind tick " + moved + " was for "
                            + RECOVERY_SECONDS + " s; the job "
                            + (target.job().running() ? "runs" : "does not run") + ", see " + work);
            TimeUnit.MILLISECONDS.sleep(100);
        }
        calmSince = System.currentTimeMillis();
        return (System.nanoTime() - from) / 1e9;
    }

    private Outcome judge() throws Exception {
        List<Deliveries.Delivery> deliveries = target.written();
        CutCheck cut = new CutCheck(plan.layout(), SystemUnderTest.TICK_MILLIS);
        Ledger ledger = new Ledger(target.config().store().historyLength(), cut);
        Topic.read(target.servers(), SystemUnderTest.LOG, true, ledger::log);
        Topic.read(target.servers(), SystemUnderTest.LOG, false, ledger::anyRecord);
        Map<Integer, Long> end = cut.ends();
        Optional<Manifest> awaited = LearnedState.await(target.repository(), end, RECOVERY_SECONDS);
        require(
                awaited.isPresent(),
                "no snapshot of the log up to " + end + ", and no newer one for " + RECOVERY_SECONDS
                        + " s; the newest is of "
                        + LearnedState.newest(target.repository()).map(Manifest::frontier));
        Manifest learned = awaited.orElseThrow();
        require(
                prober.awaitTick(learned.tick(), RECOVERY_SECONDS),
                "the scorer is not at tick " + learned.tick() + " after " + RECOVERY_SECONDS + " s");
        target.stopAllButBroker(prober);

        Topic.read(target.servers(), SystemUnderTest.CHANGES, true, record -> ledger.feed(record.value()));
        Topic.read(
                target.servers(),
                SystemUnderTest.LOG + Topics.DEAD_LETTERS,
                true,
                record -> ledger.deadLetter((int) header(record, "partition"), header(record, "offset")));
        boolean sameScorer;
        try (LearnedState learner = LearnedState.restore(target.repository(), learned, work.resolve("restored"));
                LearnedState scorer = LearnedState.ofScorer(target.scorerDirectory(), learned)) {
            sameScorer = scorer.equalTo(learner) && learner.digests().equals(learned.digests());
            ledger.histories(learner::history);
        }
        LedgerReport balance = ledger.balance(deliveries);
        return outcome(
                "",
                new Outcome.Judgement(
                        learned.digests(),
                        learned.incarnation() - 1,
                        sameAsUndisturbed(learned),
                        sameScorer,
                        balance,
                        cut.report(deliveries),
                        Standing.of(ledger.publishedAt().values(), deliveries, calms)));
    }

    private static long header(ConsumerRecord<byte[], byte[]> record, String name) {
        return Long.parseLong(
                new String(record.headers().lastHeader("freshet.dlq." + name).value(), StandardCharsets.UTF_8));
    }

    /** Learns the same log once more, cut into the same ticks, alone and undisturbed, and compares all digests. */
    private boolean sameAsUndisturbed(Manifest learned) throws Exception {
        Relearning.Result again = new Relearning(target.config(), Optional.empty())
                .upTo(learned.tick(), Long.MAX_VALUE, work.resolve("undisturbed"), state -> {});
        return again.lanes().equals(learned.lanes()) && again.frontier().equals(learned.frontier());
    }

    private Outcome outcome(String problem, Outcome.@Nullable Judgement judgement) throws Exception {
        return new Outcome(
                plan,
                List.copyOf(faults),
                problem,
                target.scorerDiverged(),
                judgement,
                new Outcome.Scoring(
                        prober.answers(),
                        prober.marked(),
                        prober.unflagged(),
                        prober.unanswered(),
                        prober.longestGapMillis()),
                seconds());
    }
}
