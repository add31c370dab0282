package io.freshet.benchmarks.faults;

import io.freshet.cli.LoopbackPorts;
import io.freshet.store.snapshot.Manifest;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * One run: a JobManager, two TaskManagers with two slots each, a learner of changing parallelism and a scorer, over a
 * log that is still being written; at random moments one of them is killed, paused, or the job is started again with
 * another number of learners. All that is random follows from the seed.
 */
final class FaultRun {
    /** What is done to the system. */
    enum Fault {
        KILL_TASK_MANAGER,
        PAUSE_TASK_MANAGER,
        KILL_SCORER,
        PAUSE_SCORER,
        KILL_JOB_MANAGER_AND_RESCALE
    }

    /**
     * Outcome of a run.
     *
     * @param seed that replays it
     * @param faults in order
     * @param sameDigests whether the model has the bits of the undisturbed run, and the log was learned to its end
     * @param answers of the scorer
     * @param marked those of them that said that their state is stale
     * @param unanswered calls without an answer while the scorer was neither dead nor paused nor just started
     * @param followed whether the scorer ended at the learner's last tick, having verified every digest on the way
     * @param seconds wall-clock time
     */
    record Outcome(
            long seed,
            List<String> faults,
            boolean sameDigests,
            long answers,
            long marked,
            long unanswered,
            boolean followed,
            double seconds) {
        boolean good() {
            return sameDigests && followed && unanswered == 0;
        }
    }

    private final Plan plan;
    private final long seed;
    private final SplittableRandom random;
    private final ClusterProcesses processes;
    private final Path repository;
    private final List<String> faults = new ArrayList<>();
    private final int scoringPort = LoopbackPorts.free();
    private final int httpPort = LoopbackPorts.free();
    private final List<Process> taskManagers = new ArrayList<>();
    private Process jobManager;
    private Process scorer;
    private int learners = 1;

    /**
     * What all runs share.
     *
     * @param work directory of all runs
     * @param jar the job's jar
     * @param servers the broker
     * @param topic the log
     * @param partitions of the log
     * @param events in it
     * @param rate events a second at which it is written
     */
    record Plan(Path work, Path jar, String servers, String topic, int partitions, int events, int rate) {}

    private FaultRun(Plan plan, long seed) throws Exception {
        this.plan = plan;
        this.seed = seed;
        random = new SplittableRandom(seed);
        Path work = Files.createDirectories(plan.work.resolve("seed-" + seed));
        processes = new ClusterProcesses(work);
        repository = work.resolve("snapshots");
        jobManager = processes.jobManager();
        taskManagers.add(processes.taskManager());
        taskManagers.add(processes.taskManager());
        submit();
        scorer = startScorer();
    }

    /** Runs one seed on a topic of its own. */
    static Outcome run(Plan plan, long seed) throws Exception {
        long start = System.nanoTime();
        FaultRun run = new FaultRun(plan, seed);
        try (Prober prober = new Prober(run.scoringPort)) {
            return run.disturb(prober, start);
        } finally {
            run.processes.close();
        }
    }

    private String changes() {
        return plan.topic + ".changes";
    }

    private void submit() throws Exception {
        Map<String, String> settings = new TreeMap<>();
        settings.put("kafka.bootstrap-servers", plan.servers);
        settings.put("topics.events", plan.topic);
        settings.put("topics.changes", changes());
        settings.put("store.repository", repository.toString());
        settings.put("store.state-directory", repository.resolveSibling("state").toString());
        settings.put("learner.parallelism", Integer.toString(learners));
        settings.put("exchange.timeout", "5 s");
        processes.submit(plan.jar, settings);
    }

    private Process startScorer() throws Exception {
        return processes.freshet(
                "scorer",
                "serve",
                "--bootstrap-servers",
                plan.servers,
                "--changes-topic",
                changes(),
                "--repository",
                repository.toString(),
                "--state-dir",
                repository.resolveSibling("scorer").toString(),
                "--port",
                Integer.toString(scoringPort),
                "--http-port",
                Integer.toString(httpPort));
    }

    private Outcome disturb(Prober prober, long start) throws Exception {
        prober.expectAnswers();
        Process replay = processes.freshet(
                "replay",
                "replay",
                "--bootstrap-servers",
                plan.servers,
                "--topic",
                plan.topic,
                "--partitions",
                Integer.toString(plan.partitions),
                "--events",
                Integer.toString(plan.events),
                "--rate",
                Integer.toString(plan.rate));
        while (!replay.waitFor(1500 + random.nextLong(3500), TimeUnit.MILLISECONDS)) {
            Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
            long millis = 500 + random.nextLong(6500);
            int which = random.nextInt(2);
            int next = 1 << random.nextInt(3);
            apply(fault, millis, which, next, prober);
        }
        Optional<Manifest> learned = awaitEnd();
        boolean followed = learned.isPresent() && prober.awaitTick(learned.get().tick(), 60);
        boolean diverged = processes.output("scorer").contains("differs");
        boolean same = learned.isPresent() && same(learned.get());
        return new Outcome(
                seed,
                faults,
                same,
                prober.answers(),
                prober.marked(),
                prober.unanswered(),
                followed && !diverged,
                (System.nanoTime() - start) / 1e9);
    }

    private void apply(Fault fault, long millis, int which, int next, Prober prober) throws Exception {
        switch (fault) {
            case KILL_TASK_MANAGER -> {
                faults.add("kill TaskManager " + which);
                taskManagers.get(which).destroyForcibly().waitFor();
                taskManagers.set(which, processes.taskManager());
            }
            case PAUSE_TASK_MANAGER -> {
                faults.add("pause TaskManager " + which + " for " + millis + " ms");
                ClusterProcesses.signal(taskManagers.get(which), "STOP");
                TimeUnit.MILLISECONDS.sleep(millis);
                ClusterProcesses.signal(taskManagers.get(which), "CONT");
            }
            case KILL_SCORER -> {
                faults.add("kill scorer");
                prober.expectSilence();
                scorer.destroyForcibly().waitFor();
                scorer = startScorer();
                prober.expectAnswers();
            }
            case PAUSE_SCORER -> {
                faults.add("pause scorer for " + millis + " ms");
                prober.expectSilence();
                ClusterProcesses.signal(scorer, "STOP");
                TimeUnit.MILLISECONDS.sleep(millis);
                ClusterProcesses.signal(scorer, "CONT");
                prober.expectAnswers();
            }
            case KILL_JOB_MANAGER_AND_RESCALE -> {
                learners = next;
                faults.add("kill JobManager, go on with " + learners + " learners");
                jobManager.destroyForcibly().waitFor();
                jobManager = processes.jobManager();
                submit();
            }
        }
    }

    /** The committed snapshot that holds the whole log; empty if none comes in time. */
    private Optional<Manifest> awaitEnd() throws Exception {
        Map<Integer, Long> end = LogEnds.of(plan.servers, plan.topic);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (System.nanoTime() < deadline) {
            try {
                Optional<Manifest> latest = new SnapshotRepository(repository).latest();
                if (latest.isPresent() && latest.get().frontier().equals(end)) {
                    return latest;
                }
            } catch (UncheckedIOException e) {
                // The learner removes old snapshots while we look; the next look finds the newer one.
                TimeUnit.MILLISECONDS.sleep(50);
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
        return Optional.empty();
    }

    /** Learns the same log once more, alone and undisturbed, and compares. */
    private boolean same(Manifest learned) throws Exception {
        Path alone = repository.resolveSibling("undisturbed");
        Process process = processes.freshet(
                "undisturbed",
                "learn",
                "--bootstrap-servers",
                plan.servers,
                "--topic",
                plan.topic,
                "--set",
                "topics.changes=" + plan.topic + ".undisturbed",
                "--work-dir",
                alone.toString(),
                "--bounded");
        if (!process.waitFor(180, TimeUnit.SECONDS) || process.exitValue() != 0) {
            return false;
        }
        Manifest expected =
                new SnapshotRepository(alone.resolve("snapshots")).latest().orElseThrow();
        return expected.tick() == learned.tick() && expected.digests().equals(learned.digests());
    }
}
