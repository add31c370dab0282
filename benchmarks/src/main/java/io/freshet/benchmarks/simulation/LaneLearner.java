package io.freshet.benchmarks.simulation;

import io.freshet.job.JobConfig;
import io.freshet.job.LanePartitioner;
import io.freshet.job.core.TickAgreement;
import io.freshet.job.core.TickGathering;
import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ModelConfig;
import io.freshet.store.AppliedTick;
import io.freshet.store.InMemoryStore;
import io.freshet.store.LaneRange;
import io.freshet.store.StoreLayout;
import io.freshet.train.Compression;
import io.freshet.train.Exchange;
import io.freshet.train.Learner;
import io.freshet.train.LearnerConfig;
import io.freshet.train.LogEvent;
import io.freshet.train.TickOutcome;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The product's learner, store and agreement of one subtask. All that the simulation knows of how lanes, stores and the
 * exchange fit together stands here.
 */
final class LaneLearner implements AutoCloseable {
    static final int LANES = 4;
    static final StoreLayout LAYOUT = new StoreLayout(LANES, JobConfig.KEY_GROUPS, 8, 50);
    static final LanePartitioner PARTITIONER = new LanePartitioner(LANES);

    private static final LearnerConfig CONFIG = new LearnerConfig(
            new ModelConfig(ModelConfig.Variant.STREAMING, 8, 1, 1, 8, 12, 6, 4, 0.2f, 100, 10, 7),
            12,
            6,
            4,
            2e-3f,
            5,
            0.2f,
            0.999f,
            1f,
            4,
            8,
            LearnerConfig.Priors.ALL,
            0f,
            Compression.NONE,
            1);

    /**
     * One lane's part of a state, as a snapshot's file holds it.
     *
     * @param lane lane
     * @param tick last tick in it
     * @param digest of the lane
     * @param state where it is cut from
     */
    record LaneFile(int lane, long tick, byte[] digest, InMemoryStore state) {}

    private final Device device = CpuDevices.scalar().open();
    private final Exchange exchange;
    private final LaneRange owned;
    private final TickAgreement agreement;
    private final TickGathering gathering;
    private @Nullable InMemoryStore store;
    private @Nullable Learner learner;

    /** Joins the others; nothing is open yet. */
    LaneLearner(int number, Meeting meeting) {
        this(meeting.size() == 1 ? Exchange.local() : new MeetingExchange(number, meeting));
    }

    private LaneLearner(Exchange exchange) {
        this.exchange = exchange;
        owned = exchange.owned(LANES);
        agreement = new TickAgreement(exchange);
        gathering = new TickGathering(exchange, LANES);
    }

    /** The only learner, with an empty state. */
    static LaneLearner alone() {
        LaneLearner learner = new LaneLearner(Exchange.local());
        learner.open(null);
        return learner;
    }

    /** Waits for all learners; gives what the one that leads brought. */
    long agreed(long mine) {
        byte[] given = ByteBuffer.allocate(8).putLong(mine).array();
        return ByteBuffer.wrap(exchange.share(given)[0]).getLong();
    }

    /** Opens the learner on a snapshot's lanes that it owns, or on nothing. */
    void open(@Nullable List<LaneFile> files) {
        InMemoryStore opened = files == null ? new InMemoryStore(LAYOUT, owned) : storeOf(owned, files);
        store = opened;
        learner = Learner.open(CONFIG, opened, device, exchange);
    }

    /** All lanes of a snapshot as a store. */
    static InMemoryStore storeOf(List<LaneFile> files) {
        return storeOf(LaneRange.all(LAYOUT), files);
    }

    private static InMemoryStore storeOf(LaneRange held, List<LaneFile> files) {
        return InMemoryStore.of(
                held, files.stream().map(LaneFile::state).distinct().toList());
    }

    /** Digest of the state of several learners together. */
    static byte[] stateDigest(List<LaneLearner> learners) {
        return InMemoryStore.of(
                        LaneRange.all(LAYOUT),
                        learners.stream().map(LaneLearner::store).toList())
                .stateDigest();
    }

    boolean ownsUser(long user) {
        return owned.contains(LAYOUT.laneOf(user));
    }

    boolean ownsLane(int lane) {
        return owned.contains(lane);
    }

    /** Which ticks are closed, as all learners together know it. */
    TreeMap<Long, TreeMap<Integer, Long>> agree(TreeMap<Long, TreeMap<Integer, Long>> mine) {
        return agreement.agree(mine, tick(), Objects.requireNonNull(learner).fingerprint());
    }

    /** Learns a tick; what it did to this learner's lanes. */
    TickOutcome learn(long tick, List<LogEvent> events, Map<Integer, Long> passed) {
        return Objects.requireNonNull(learner).learn(tick, events, passed);
    }

    /** Brings what a tick did to the leader; gives it the tick of all lanes. */
    AppliedTick gather(TickOutcome outcome) {
        return gathering.gather(outcome.applied());
    }

    /** State of the lanes that are owned, as of now. */
    List<LaneFile> cut() {
        Objects.requireNonNull(learner).writeOwnState();
        InMemoryStore copy = store().copy();
        byte[][] digests = copy.digests();
        List<LaneFile> files = new ArrayList<>();
        for (int lane = owned.from(); lane < owned.to(); lane++) {
            files.add(new LaneFile(lane, copy.tick(), digests[lane], copy));
        }
        return files;
    }

    InMemoryStore store() {
        return Objects.requireNonNull(store);
    }

    long tick() {
        return store().tick();
    }

    @Override
    public void close() {
        if (learner != null) {
            learner.close();
        }
        device.close();
    }

    private record MeetingExchange(int self, Meeting meeting) implements Exchange {
        @Override
        public int learners() {
            return meeting.size();
        }

        @Override
        public byte[][] share(byte[] mine) {
            return meeting.meet(self, mine).toArray(new byte[0][]);
        }

        @Override
        public byte[][] deal(byte[][] parts) {
            return meeting.meet(self, parts).stream()
                    .map(theirs -> theirs[self])
                    .toArray(byte[][]::new);
        }
    }
}
