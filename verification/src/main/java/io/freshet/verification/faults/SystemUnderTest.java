package io.freshet.verification.faults;

import io.freshet.cli.log.Brokers;
import io.freshet.job.config.JobConfig;
import io.freshet.job.config.JobConfigFile;
import io.freshet.local.LoopbackPorts;
import io.freshet.schema.Topics;
import io.freshet.verification.faults.log.Deliveries;
import io.freshet.verification.faults.log.LogTurn;
import io.freshet.verification.faults.log.LogWriter;
import io.freshet.verification.faults.processes.ChildProcesses;
import io.freshet.verification.faults.processes.FaultyProxy;
import io.freshet.verification.faults.processes.FlinkCluster;
import io.freshet.verification.faults.processes.JobView;
import io.freshet.verification.faults.processes.ProbeClient;
import io.freshet.verification.faults.processes.StrayConnections;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;

/**
 * The system that faults are done to: a broker, a Flink cluster with the job, a scorer and a writer, each a process of
 * its own, with proxies between them that can cut them off.
 */
final class SystemUnderTest implements AutoCloseable {
    /** The log's topic. */
    static final String LOG = "freshet.faults";

    /** Change feed of the job. */
    static final String CHANGES = LOG + ".changes";

    /** Length of a tick, ms. */
    static final long TICK_MILLIS = 250;

    private static final Map<String, String> JOB = Map.of(
            "tick.length",
            TICK_MILLIS + " ms",
            "topics.events",
            LOG,
            "topics.quality",
            Topics.QUALITY,
            "exchange.timeout",
            "8 s");

    private static final int MOST_RESTARTS = 5;

    private final ChildProcesses children;
    private final Path work;
    private final Path jar;
    private final FaultPlan plan;
    private final FlinkCluster flink;
    private final int brokerPort = LoopbackPorts.free();
    private final int scoringPort = LoopbackPorts.free();
    private final int httpPort = LoopbackPorts.free();
    private final FaultyProxy toScorer;
    private final FaultyProxy toJob;
    private final FaultyProxy toWriter;
    private final List<String> brokerArguments;
    private final List<Process> taskManagers = new ArrayList<>();
    private Process broker;
    private Process jobManager;
    private Process scorer;
    private final long epoch;
    private int learners = 1;
    private int restartsOfScorer;

    /** Starts everything but the writer. */
    SystemUnderTest(Path work, Path jar, FaultPlan plan, ChildProcesses children) throws Exception {
        this.work = work;
        this.jar = jar;
        this.plan = plan;
        this.children = children;
        epoch = System.currentTimeMillis() / TICK_MILLIS * TICK_MILLIS;
        int[] listeners = {LoopbackPorts.free(), LoopbackPorts.free(), LoopbackPorts.free()};
        toScorer = new FaultyProxy(listeners[0]);
        toJob = new FaultyProxy(listeners[1]);
        toWriter = new FaultyProxy(listeners[2]);
        brokerArguments = List.of(
                "broker",
                "--dir",
                work.resolve("kafka").toString(),
                "--port",
                Integer.toString(brokerPort),
                "--listener",
                "SCORER:" + listeners[0] + ":" + toScorer.port(),
                "--listener",
                "JOB:" + listeners[1] + ":" + toJob.port(),
                "--listener",
                "WRITER:" + listeners[2] + ":" + toWriter.port());
        broker = startBroker();
        flink = new FlinkCluster(work, children);
        jobManager = flink.jobManager();
        for (int n = 0; n < plan.taskManagers(); n++) {
            taskManagers.add(flink.taskManager(n));
        }
        children.awaitOutput("broker", "broker on", broker, 180);
        createTopics();
        scorer = startScorer();
        submit();
    }

    /** As soon as the broker answers, which takes its time where machines are busy. */
    private void createTopics() throws InterruptedException {
        Map<String, Integer> topics =
                Map.of(LOG, plan.layout().atFirst(), CHANGES, 1, LOG + Topics.DEAD_LETTERS, 1, Topics.QUALITY, 1);
        for (int left = 10; ; left--) {
            try {
                Brokers.at(servers()).create(topics);
                return;
            } catch (IllegalStateException | IllegalArgumentException e) {
                if (left == 0) {
                    throw e;
                }
                TimeUnit.SECONDS.sleep(3);
            }
        }
    }

    private Process startBroker() throws Exception {
        return children.light("broker", "400m", "io.freshet.cli.Freshet", brokerArguments);
    }

    private Process startScorer() throws Exception {
        return children.freshet(
                "scorer",
                List.of(
                        "serve",
                        "--bootstrap-servers",
                        "127.0.0.1:" + toScorer.port(),
                        "--changes-topic",
                        CHANGES,
                        "--repository",
                        repository().toString(),
                        "--state-dir",
                        scorerDirectory().toString(),
                        "--port",
                        Integer.toString(scoringPort),
                        "--http-port",
                        Integer.toString(httpPort)));
    }

    /** Starts the scorer again that found no broker in time: on a busy machine that takes longer than it waits. */
    void keepScorer() throws Exception {
        if (!scorer.isAlive() && restartsOfScorer < MOST_RESTARTS) {
            restartsOfScorer++;
            scorer = startScorer();
        }
    }

    private void submit() throws Exception {
        flink.submit(jar, settings("127.0.0.1:" + toJob.port()));
    }

    private Map<String, String> settings(String servers) {
        Map<String, String> settings = new TreeMap<>(JOB);
        settings.put("kafka.bootstrap-servers", servers);
        settings.put("topics.changes", CHANGES);
        settings.put("store.repository", repository().toString());
        settings.put("store.state-directory", work.resolve("state").toString());
        settings.put("learner.parallelism", Integer.toString(learners));
        return settings;
    }

    /** The job's configuration, with the broker's own address. */
    JobConfig config() throws IOException {
        return JobConfigFile.load(null, Map.of(), settings(servers())).toJobConfig();
    }

    /** Starts to write the log, until its standard input is closed; returns when the log's clock has started. */
    Process writer(int rate) throws Exception {
        Process writer = children.light(
                "writer",
                "150m",
                LogWriter.class.getName(),
                List.of(
                        "--bootstrap-servers",
                        "127.0.0.1:" + toWriter.port(),
                        "--topic",
                        LOG,
                        "--seed",
                        Long.toString(plan.seed()),
                        "--epoch",
                        Long.toString(epoch),
                        "--punctual",
                        Integer.toString(plan.layout().punctual()),
                        "--deliveries",
                        deliveries().toString(),
                        "--rate",
                        Integer.toString(rate),
                        "--most",
                        Long.toString(rate * 3600L)));
        children.awaitOutput("writer", LogWriter.WRITING, writer, 60);
        return writer;
    }

    /** Tick that the log's clock is in, that long after it started. */
    long tickAfter(double seconds) {
        return (long) ((epoch + 1000 * seconds) / TICK_MILLIS);
    }

    /** Does to the log what a turn says, and tells its writer. */
    void turn(LogTurn turn, Process writer) throws Exception {
        if (turn == LogTurn.PARTITION_ADDED) {
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers()))) {
                admin.createPartitions(Map.of(
                                LOG, NewPartitions.increaseTo(plan.layout().atLast())))
                        .all()
                        .get(60, TimeUnit.SECONDS);
            }
        }
        writer.getOutputStream().write((turn + "\n").getBytes(StandardCharsets.UTF_8));
        writer.getOutputStream().flush();
    }

    /** Where the writer keeps what became of its records. */
    Path deliveries() {
        return work.resolve("deliveries.txt");
    }

    /** Address of the broker that no proxy stands before. */
    String servers() {
        return "127.0.0.1:" + brokerPort;
    }

    Path repository() {
        return work.resolve("snapshots");
    }

    Path scorerDirectory() {
        return work.resolve("scorer");
    }

    int scoringPort() {
        return scoringPort;
    }

    JobView job() {
        return flink.view();
    }

    /** Whether the job ever completed a checkpoint; before that, it begins again from nothing. */
    boolean hasCheckpoint() throws IOException {
        return flink.hasCheckpoint();
    }

    /** Does what a step says; returns when it is over and what was killed is starting. */
    void apply(FaultPlan.Step step, ProbeClient prober) throws Exception {
        switch (step.kind()) {
            case KILL_BROKER -> {
                broker.destroyForcibly().waitFor();
                broker = startBroker();
            }
            case PAUSE_BROKER -> pause(broker, step.millis());
            case CUT_WRITER_FROM_BROKER -> cut(toWriter, step);
            case CUT_JOB_FROM_BROKER -> cut(toJob, step);
            case CUT_SCORER_FROM_BROKER -> cut(toScorer, step);
            case KILL_TASK_MANAGER -> {
                int one = taskManagerOf(step.which());
                taskManagers.get(one).destroyForcibly().waitFor();
                taskManagers.set(one, flink.taskManager(one));
            }
            case PAUSE_TASK_MANAGER -> pause(taskManagers.get(taskManagerOf(step.which())), step.millis());
            case CUT_TASK_MANAGERS_FROM_JOB_MANAGER -> cut(flink.toJobManager(), step);
            case KILL_JOB_MANAGER -> {
                jobManager.destroyForcibly().waitFor();
                jobManager = flink.jobManager();
                submit();
            }
            case PAUSE_JOB_MANAGER -> pause(jobManager, step.millis());
            case KILL_SCORER -> {
                prober.expectSilence();
                scorer.destroyForcibly().waitFor();
                scorer = startScorer();
                prober.expectAnswers();
            }
            case PAUSE_SCORER -> {
                prober.expectSilence();
                pause(scorer, step.millis());
                prober.expectAnswers();
            }
            case RESCALE -> {
                learners = step.learners();
                flink.view().cancel(60);
                submit();
            }
            case SECOND_LEARNER -> refuseSecondLearner();
            case STRAY_CONNECTIONS -> {
                Process process = taskManagers.get(taskManagerOf(step.which()));
                Set<Integer> ports = StrayConnections.to(process, step.millis(), plan.seed());
                System.out.println("    stray connections to ports " + ports + " of process " + process.pid());
            }
        }
    }

    /** Starts a learner on the job's repository, which must be told whose it is and end. */
    private void refuseSecondLearner() throws Exception {
        List<String> arguments = new ArrayList<>(List.of("learn", "--bootstrap-servers", servers()));
        arguments.addAll(List.of("--repository", repository().toString()));
        arguments.addAll(
                List.of("--work-dir", work.resolve("second").toString(), "--set", "topics.changes=" + CHANGES));
        JOB.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
        Process second = children.freshet("second", arguments);
        boolean ended = second.waitFor(120, TimeUnit.SECONDS);
        second.destroyForcibly().waitFor();
        String said = children.output("second");
        if (!ended
                || second.exitValue() == 0
                || !said.matches("(?s).*is in use by process \\d+.*learns topic " + LOG + ".*")) {
            throw new IllegalStateException("a second learner on the repository "
                    + (ended ? "ended with " + second.exitValue() : "did not end within 120 s")
                    + " without naming the first; see " + work + "/second-*.out");
        }
    }

    /** The TaskManager that a learner runs on; some TaskManager, if the job does not run. */
    private int taskManagerOf(int learner) throws InterruptedException {
        return flink.view()
                .taskManagerOf(learner % learners)
                .map(FlinkCluster::number)
                .orElse(learner % taskManagers.size());
    }

    private static void pause(Process process, long millis) throws Exception {
        ChildProcesses.signal(process, "STOP");
        TimeUnit.MILLISECONDS.sleep(millis);
        ChildProcesses.signal(process, "CONT");
    }

    private static void cut(FaultyProxy proxy, FaultPlan.Step step) throws Exception {
        proxy.set(step.hold() ? FaultyProxy.State.HELD : FaultyProxy.State.REFUSED);
        TimeUnit.MILLISECONDS.sleep(step.millis());
        proxy.set(FaultyProxy.State.WHOLE);
    }

    /** Ends all but the broker; the scorer in good order, so that its store can be opened. */
    void stopAllButBroker(ProbeClient prober) throws Exception {
        prober.expectSilence();
        scorer.destroy();
        jobManager.destroyForcibly();
        taskManagers.forEach(Process::destroyForcibly);
        if (!scorer.waitFor(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the scorer did not end within 60 s of being told to; see " + work);
        }
    }

    /** Whether a scorer ever found a tick whose digests were not what its own store would have. */
    boolean scorerDiverged() throws Exception {
        return children.output("scorer").contains("this store's would be");
    }

    /** What the writers say became of their records, once they have ended. */
    List<Deliveries.Delivery> written() throws Exception {
        String said = children.output("writer").strip();
        if (!said.contains("written ")) {
            throw new IllegalStateException("the writer failed: " + said);
        }
        return Deliveries.read(deliveries());
    }

    @Override
    public void close() {
        children.close();
        flink.close();
        toScorer.close();
        toJob.close();
        toWriter.close();
    }
}
