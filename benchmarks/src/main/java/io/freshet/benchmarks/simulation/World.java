package io.freshet.benchmarks.simulation;

import io.freshet.job.records.RawRecord;
import io.freshet.schema.Decoded;
import io.freshet.schema.EventDecoder;
import io.freshet.schema.SchemaRegistry;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** All there is in one schedule: the log, the job, the repository, the feed, the followers, and fake time. */
final class World {
    private static final int[] PARALLELISM = {1, 2, 4};

    private final SimulatedLog log;
    private final Reference reference;
    private final Mutation mutation;
    private final FiberPool fibers;
    private final @Nullable List<String> trace;
    private final SplittableRandom random;
    private final EventDecoder decoder = new EventDecoder(SchemaRegistry.none());
    private final Repository repository;
    private final ChangeLog feed;
    private final Checkpoints checkpoints;
    private final Invariants invariants;
    private final List<FollowerActor> followers = new ArrayList<>();
    private final List<Upload> uploads = new ArrayList<>();
    private final List<Actor> actors = new ArrayList<>();
    private final int[] written;
    private final int keepSnapshots;
    private final boolean bounded;
    private final Map<Fault.Kind, Integer> armed = new EnumMap<>(Fault.Kind.class);
    private Job job;
    private long now;
    private int restarts;

    World(
            long seed,
            SimulatedLog log,
            Reference reference,
            Mutation mutation,
            FiberPool fibers,
            @Nullable List<String> trace) {
        this.log = log;
        this.reference = reference;
        this.mutation = mutation;
        this.fibers = fibers;
        this.trace = trace;
        random = new SplittableRandom(seed);
        written = new int[log.partitions().size()];
        keepSnapshots = 1 + random.nextInt(3);
        bounded = random.nextInt(3) == 0;
        repository = new Repository();
        feed = new ChangeLog(this);
        checkpoints = new Checkpoints(this, 20 + random.nextInt(400));
        invariants = new Invariants(this);
        actors.add(new Producer(this));
        actors.add(feed);
        actors.add(checkpoints);
        for (int number = random.nextInt(2); number >= 0; number--) {
            followers.add(new FollowerActor(this, number));
        }
        actors.addAll(followers);
        job = start(PARALLELISM[random.nextInt(3)]);
    }

    private Job start(int parallelism) {
        Checkpoints.Completed from = checkpoints.completed();
        trace("the job starts with " + parallelism + " learners from "
                + (from == null ? "nothing" : "checkpoint " + from.id()));
        Job started = new Job(this, parallelism, from);
        actors.add(started.source());
        actors.addAll(started.learners());
        if (from != null) {
            invariants.rewound(invariants.restorable(from.snapshot()).tick());
        } else if (restarts > 0) {
            invariants.rewound(-1);
        }
        return started;
    }

    /** The job dies and is started again after a while, by the scheduler's {@code restart} actor. */
    boolean kill(int argument) {
        if (job.dead() || job.done()) {
            return false;
        }
        SplittableRandom how = new SplittableRandom(argument);
        trace("THE JOB DIES");
        actors.remove(job.source());
        actors.removeAll(job.learners());
        ChangeLog.Sender sender = job.learners().get(0).sender();
        job.die();
        checkpoints.forget();
        if (sender != null) {
            feed.orphan(sender, how);
        }
        for (Upload upload : List.copyOf(uploads)) {
            upload.orphan();
            if (how.nextInt(3) > 0) {
                end(upload);
            }
        }
        restarts++;
        actors.add(new Restart(this, now + how.nextInt(300), PARALLELISM[how.nextInt(3)]));
        return true;
    }

    /** Starts the job again after a while. */
    private record Restart(World world, long notBefore, int parallelism) implements Actor {
        @Override
        public String name() {
            return "restart";
        }

        @Override
        public boolean ready() {
            return world.now >= notBefore;
        }

        @Override
        public void step() {
            world.actors.remove(this);
            world.job = world.start(parallelism);
        }
    }

    /** Writes the log: partitions grow in any order. */
    private record Producer(World world) implements Actor {
        @Override
        public String name() {
            return "producer";
        }

        @Override
        public boolean ready() {
            for (int p = 0; p < world.written.length; p++) {
                if (world.written[p] < world.log.partitions().get(p).size()) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public void step() {
            int partition = world.random.nextInt(world.written.length);
            int left = world.log.partitions().get(partition).size() - world.written[partition];
            world.written[partition] += Math.min(left, 1 + world.random.nextInt(4));
        }
    }

    /** Arms a fault that happens when somebody comes to it. */
    void arm(Fault.Kind kind) {
        armed.merge(kind, 1, Integer::sum);
    }

    /** Whether an armed fault happens now; it is spent then. */
    boolean takes(Fault.Kind kind) {
        Integer count = armed.get(kind);
        if (count == null) {
            return false;
        }
        armed.put(kind, count - 1);
        armed.remove(kind, 0);
        trace(kind + " happens");
        return true;
    }

    void begin(Upload upload) {
        uploads.add(upload);
        actors.add(upload);
    }

    private void end(Upload upload) {
        uploads.remove(upload);
        actors.remove(upload);
    }

    /** After every step. */
    void settle() {
        for (int i = uploads.size() - 1; i >= 0; i--) {
            if (uploads.get(i).ended()) {
                end(uploads.get(i));
            }
        }
        invariants.afterStep();
    }

    /** Whether the job and its followers have reached the end of the log. */
    boolean done() {
        long last = reference.lastTick();
        if (job.dead() || !job.running() || !job.source().read()) {
            return false;
        }
        boolean learned = job.learners().stream().allMatch(learner -> learner.tick() == last);
        return learned && (!bounded || job.done()) && followers.stream().allMatch(follower -> follower.at(last));
    }

    /** Everything that still runs ends. */
    void close() {
        if (!job.dead()) {
            job.die();
        }
    }

    Decoded decode(RawRecord record) {
        return decoder.decode(record.value, record.timestamp);
    }

    boolean isLeader(ChangeLog.Sender sender) {
        return !job.dead() && job.learners().get(0).sender() == sender;
    }

    boolean traces() {
        return trace != null;
    }

    void trace(Actor who, String what) {
        if (trace != null) {
            trace.add(now + " " + who.name() + " " + what);
        }
    }

    void trace(String what) {
        if (trace != null) {
            trace.add(now + " " + what);
        }
    }

    void advance(long to) {
        now = Math.max(now + 1, to);
    }

    long now() {
        return now;
    }

    int restarts() {
        return restarts;
    }

    int written(int partition) {
        return written[partition];
    }

    SplittableRandom random() {
        return random;
    }

    List<Actor> actors() {
        return actors;
    }

    SimulatedLog log() {
        return log;
    }

    Reference reference() {
        return reference;
    }

    Mutation mutation() {
        return mutation;
    }

    FiberPool fibers() {
        return fibers;
    }

    Repository repository() {
        return repository;
    }

    ChangeLog feed() {
        return feed;
    }

    Checkpoints checkpoints() {
        return checkpoints;
    }

    Invariants invariants() {
        return invariants;
    }

    List<FollowerActor> followers() {
        return followers;
    }

    Job job() {
        return job;
    }

    boolean bounded() {
        return bounded;
    }

    int keepSnapshots() {
        return keepSnapshots;
    }
}
