package io.freshet.verification.simulation.reference;

import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.Learner;
import io.freshet.train.TickOutcome;
import io.freshet.train.TickReport;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.tick.LogEvent;
import io.freshet.verification.simulation.log.LogScript;
import io.freshet.verification.simulation.log.LogScript.Slot;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one learner that nothing disturbs makes of the log, for every cut of it that the job made: states are a tree,
 * since what was learned and not published may be cut anew after a restart.
 */
public final class Reference implements AutoCloseable {
    /**
     * Offsets that were gone before they were read.
     *
     * @param from first
     * @param to last
     */
    public record Gone(int epoch, int partition, long from, long to) {
        public boolean has(int log, int of, long offset) {
            return log == epoch && of == partition && offset >= from && offset <= to;
        }
    }

    /**
     * A cut's next tick.
     *
     * @param epoch number of the log under the topic's name
     * @param tick its number
     * @param frontier highest offset of every partition up to its end
     * @param gone what was not there to be read
     * @param former events of a former topic that are learned in it
     */
    public record Cut(int epoch, long tick, Map<Integer, Long> frontier, List<Gone> gone, List<LogEvent> former) {}

    /** A state, after a tick. */
    public static final class Node {
        public final @Nullable Node parent;
        public final Cut cut;
        public final byte[][] digests;
        public final @Nullable TickReport report;
        private final Map<Cut, Node> next = new HashMap<>();

        private Node(@Nullable Node parent, Cut cut, byte[][] digests, @Nullable TickReport report) {
            this.parent = parent;
            this.cut = cut;
            this.digests = digests;
            this.report = report;
        }

        public long tick() {
            return cut.tick();
        }
    }

    private static final HexFormat HEX = HexFormat.of();

    private final List<LogScript> logs;
    private final Node root;
    private final Map<String, Node> byDigests = new HashMap<>();
    private @Nullable Alone alone;

    /** @param logs the topic's logs, in order */
    public Reference(List<LogScript> logs) {
        this.logs = logs;
        byte[][] none = new byte[Settings.LANES][32];
        root = new Node(null, new Cut(0, -1, Map.of(), List.of(), List.of()), none, null);
        remember(root);
    }

    public Node root() {
        return root;
    }

    /** The state that has these digests of all lanes; null if no cut of the job had it. */
    @Nullable
    public Node find(long tick, byte[][] digests) {
        return byDigests.get(key(tick, digests));
    }

    private static String key(long tick, byte[][] digests) {
        StringBuilder key = new StringBuilder().append(tick);
        for (byte[] digest : digests) {
            key.append('/').append(HEX.formatHex(digest));
        }
        return key.toString();
    }

    private void remember(Node node) {
        byDigests.put(key(node.tick(), node.digests), node);
    }

    /** The state after one more tick. */
    public Node after(Node parent, Cut cut) {
        Node known = parent.next.get(cut);
        if (known != null) {
            return known;
        }
        Alone learner = at(parent);
        TickOutcome outcome = learner.learn(parent, cut);
        Node node = new Node(parent, cut, outcome.applied().digests(), outcome.report());
        parent.next.put(cut, node);
        remember(node);
        learner.at = node;
        return node;
    }

    private Alone at(Node node) {
        Alone now = alone;
        if (now != null && now.at == node) {
            return now;
        }
        if (now != null) {
            now.close();
        }
        Deque<Node> path = new ArrayDeque<>();
        for (Node one = node; one.parent != null; one = one.parent) {
            path.push(one);
        }
        Alone fresh = new Alone();
        for (Node one : path) {
            fresh.learn(fresh.at, one.cut);
            fresh.at = one;
        }
        alone = fresh;
        return fresh;
    }

    /** Events that a cut adds to a state, in order of partitions and offsets. */
    public List<LogEvent> events(Node parent, Cut cut) {
        List<LogEvent> events = new ArrayList<>(cut.former());
        maxOffsets(parent, cut).forEach((partition, to) -> {
            List<Slot> slots = logs.get(cut.epoch()).parts().get(partition).slots();
            for (long offset = from(parent, cut, partition); offset <= to && offset < slots.size(); offset++) {
                LogEvent event = slots.get((int) offset).event();
                if (event != null && !isGone(cut, partition, offset)) {
                    events.add(event);
                }
            }
        });
        return events;
    }

    private static boolean isGone(Cut cut, int partition, long offset) {
        return cut.gone().stream().anyMatch(gone -> gone.has(cut.epoch(), partition, offset));
    }

    private static long from(Node parent, Cut cut, int partition) {
        return parent.cut.epoch() == cut.epoch() ? parent.cut.frontier().getOrDefault(partition, -1L) + 1 : 0;
    }

    /** Partitions in which a cut goes on, and how far. */
    static Map<Integer, Long> maxOffsets(Node parent, Cut cut) {
        Map<Integer, Long> maxOffsets = new TreeMap<>();
        cut.frontier().forEach((partition, to) -> {
            if (to >= from(parent, cut, partition)) {
                maxOffsets.put(partition, to);
            }
        });
        return maxOffsets;
    }

    @Override
    public void close() {
        if (alone != null) {
            alone.close();
            alone = null;
        }
    }

    /** The learner that nothing disturbs. */
    private final class Alone implements AutoCloseable {
        private final Device device = CpuDevices.scalar().open();
        private final Learner learner =
                Learner.open(Settings.LEARNER, new InMemoryStore(Settings.LAYOUT), device, Exchange.local());
        private Node at = root;

        TickOutcome learn(Node parent, Cut cut) {
            if (parent.cut.epoch() != cut.epoch()) {
                learner.beginLog();
            }
            return learner.learn(cut.tick(), events(parent, cut), maxOffsets(parent, cut));
        }

        @Override
        public void close() {
            learner.close();
            device.close();
        }
    }
}
