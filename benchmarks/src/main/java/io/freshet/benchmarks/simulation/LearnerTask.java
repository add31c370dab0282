package io.freshet.benchmarks.simulation;

import io.freshet.benchmarks.simulation.LaneLearner.LaneFile;
import io.freshet.job.records.TickedEvent;
import io.freshet.store.AppliedTick;
import io.freshet.store.snapshot.Manifest;
import io.freshet.train.LogEvent;
import io.freshet.train.TickOutcome;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One subtask of the learner: holds the events of open ticks, learns what a watermark closes, and takes part in
 * checkpoints. A mirror of {@code LearnerOperator} and {@code LearnerState}, which are bound to Flink, RocksDB and
 * Kafka; what they call is the product's. The first subtask leads: it publishes and takes snapshots.
 */
final class LearnerTask implements Actor {
    /**
     * What a checkpoint holds of a learner.
     *
     * @param snapshot name of the snapshot, the same for all
     * @param open events of open ticks
     */
    record Entry(String snapshot, byte[] open) {}

    /** A notification of the checkpoint coordinator. */
    record Notice(long checkpoint, boolean complete) {}

    private final World world;
    private final int subtask;
    private final Meeting meeting;
    private final Checkpoints.@Nullable Completed restoredFrom;
    private final ArrayDeque<Element> channel = new ArrayDeque<>();
    private final ArrayDeque<Notice> mail = new ArrayDeque<>();
    private final TreeMap<Long, List<TickedEvent>> open = new TreeMap<>();
    private final Fiber fiber;
    private final LaneLearner learner;
    private ChangeLog.@Nullable Sender sender;
    private long incarnation;
    private int cuts;
    /** The checkpoint that waits for the feed to be flushed. */
    private @Nullable Long cutting;

    /** In the middle of {@link #together}: waits for the feed to be flushed, not for others. */
    private boolean flushing;

    private boolean opened;
    private Repository.@Nullable Seen sweeping;

    LearnerTask(World world, int subtask, Meeting meeting, Checkpoints.@Nullable Completed restoredFrom) {
        this.world = world;
        this.subtask = subtask;
        this.meeting = meeting;
        this.restoredFrom = restoredFrom;
        fiber = world.fibers().take();
        learner = new LaneLearner(subtask, meeting);
    }

    private boolean leads() {
        return subtask == 0;
    }

    boolean isOpen() {
        return opened;
    }

    long tick() {
        return opened ? learner.tick() : -1;
    }

    ChangeLog.@Nullable Sender sender() {
        return sender;
    }

    boolean room(int capacity) {
        return channel.size() < capacity;
    }

    void send(Element element) {
        channel.add(element);
    }

    void sendFirst(Element element) {
        channel.addFirst(element);
    }

    /** Sends an element past the last one, if that is an event. */
    void overtake(Element element) {
        Element last = channel.peekLast() instanceof Element.Event ? channel.pollLast() : null;
        channel.add(element);
        if (last != null) {
            channel.add(last);
        }
    }

    void notify(Notice notice) {
        mail.add(notice);
    }

    @Override
    public String name() {
        return "learner " + subtask;
    }

    @Override
    public boolean ready() {
        if (fiber.busy()) {
            return flushing ? flushed() : meeting.complete(subtask);
        }
        if (cutting != null) {
            return flushed();
        }
        return !opened || sweeping != null || !mail.isEmpty() || !channel.isEmpty();
    }

    private boolean flushed() {
        return sender == null || sender.flushed();
    }

    @Override
    public String waitsFor() {
        if (flushing || cutting != null) {
            return "the broker, before it can cut a snapshot";
        }
        return fiber.busy() ? meeting.waitsFor(subtask) : "its channel";
    }

    @Override
    public void step() {
        if (fiber.busy()) {
            fiber.resume();
        } else if (!opened) {
            together(this::open);
        } else if (sweeping != null) {
            world.repository().sweep(sweeping);
            sweeping = null;
        } else if (cutting != null) {
            cut(cutting);
        } else if (!mail.isEmpty()) {
            take(mail.remove());
        } else {
            take(channel.remove());
        }
    }

    private void open() {
        if (leads()) {
            world.repository().removeAbandonedUploads();
        }
        incarnation = learner.agreed(leads() ? world.repository().nextIncarnation() : 0);
        if (restoredFrom == null) {
            learner.open(null);
        } else {
            Manifest manifest = world.invariants().restorable(restoredFrom.snapshot());
            List<LaneFile> files = Upload.files(world.repository(), manifest);
            if (leads()) {
                world.repository().commit(restoredFrom.snapshot());
            }
            restoredFrom.entries().forEach(this::read);
            learner.open(files);
        }
        if (leads()) {
            sender = world.feed().open(incarnation, learner.tick());
        }
        if (restoredFrom == null) {
            publish("-start");
        }
        opened = true;
        if (world.traces()) {
            world.trace(this, "opens at tick " + learner.tick() + " with " + open.size() + " open ticks");
        }
    }

    /** Takes a snapshot outside of any checkpoint, together with the others. */
    private void publish(String suffix) {
        String id = snapshot(0) + suffix;
        while (!flushed()) {
            flushing = true;
            fiber.pause();
        }
        flushing = false;
        upload(id, false).now();
        learner.agreed(0);
        if (leads()) {
            world.repository().commit(id);
            world.trace(this, "commits " + id);
        }
    }

    private void take(Element element) {
        if (element instanceof Element.Event one) {
            open.computeIfAbsent(one.event().tick, tick -> new ArrayList<>()).add(one.event());
        } else if (element instanceof Element.Watermark mark) {
            if (meeting.size() == 1) {
                close(mark.timestamp());
            } else {
                together(() -> close(mark.timestamp()));
            }
        } else if (element instanceof Element.Barrier barrier) {
            cutting = barrier.checkpoint();
        } else {
            together(() -> {
                close(Long.MAX_VALUE);
                publish("-end");
            });
        }
    }

    /** What learners do together can stop in its middle. */
    private void together(Runnable work) {
        fiber.begin(work);
        fiber.resume();
    }

    /** Called in the middle of {@link #together} where a learner waits for others. */
    void pause() {
        fiber.pause();
    }

    private void close(long timestamp) {
        TreeMap<Long, TreeMap<Integer, Long>> closed = new TreeMap<>();
        for (Map.Entry<Long, List<TickedEvent>> tick : open.entrySet()) {
            if ((tick.getKey() + 1) * SimulatedLog.TICK_MILLIS - 1 > timestamp) {
                break;
            }
            TreeMap<Integer, Long> passed = new TreeMap<>();
            tick.getValue().forEach(one -> passed.merge(one.partition, one.offset, Math::max));
            closed.put(tick.getKey(), passed);
        }
        learner.agree(closed).forEach(this::learn);
    }

    private void learn(long tick, TreeMap<Integer, Long> passed) {
        if (tick <= learner.tick()) {
            throw new IllegalStateException("tick " + tick + " came after tick " + learner.tick() + " was learned");
        }
        List<TickedEvent> held = Objects.requireNonNullElse(open.remove(tick), List.of());
        List<LogEvent> events = new ArrayList<>();
        for (TickedEvent one : held) {
            if (one.event) {
                events.add(
                        world.mutation() == Mutation.ARRIVAL_ORDER
                                ? inArrivalOrder(one, events.size())
                                : one.toLogEvent());
            }
        }
        TickOutcome outcome = learner.learn(tick, events, passed);
        if (world.traces()) {
            world.trace(this, "learns tick " + tick + ", " + events.size() + " events of its own");
        }
        world.invariants().learned(learner, leads(), outcome);
        AppliedTick applied = learner.gather(outcome);
        if (sender != null) {
            sender.publish(tick, applied);
        }
    }

    private static LogEvent inArrivalOrder(TickedEvent one, int place) {
        LogEvent e = one.toLogEvent();
        return new LogEvent(
                0,
                place,
                e.user(),
                e.subject(),
                e.item(),
                e.itemName(),
                e.action(),
                e.eventTimeMillis(),
                e.value(),
                e.eventId());
    }

    /** Name of a checkpoint's snapshot, as the product gives it. */
    private String snapshot(long checkpoint) {
        return String.format(Locale.ROOT, "learner-%06d-checkpoint-%06d", incarnation, checkpoint);
    }

    private void cut(long checkpoint) {
        cutting = null;
        String id = snapshot(checkpoint);
        Entry entry = new Entry(id, write());
        Upload upload = upload(id, true);
        upload.whenDone(
                () -> world.checkpoints().acknowledge(checkpoint, entry),
                () -> world.checkpoints().abort(checkpoint, "its upload failed"));
        world.begin(upload);
        world.trace(this, "cuts " + id + " at tick " + tick());
    }

    private Upload upload(String id, boolean withFaults) {
        long offset = sender == null ? -1 : sender.next();
        return new Upload(world, new Upload.Draft(id, learner.cut(), incarnation, cuts++, offset), withFaults);
    }

    private void take(Notice notice) {
        String id = snapshot(notice.checkpoint());
        world.trace(
                this,
                "hears that checkpoint " + notice.checkpoint() + (notice.complete() ? " is complete" : " is aborted"));
        if (!notice.complete()) {
            world.repository().abort(id);
        } else if (leads()) {
            commit(id);
        }
    }

    private void commit(String id) {
        world.repository().commit(id);
        boolean always = world.mutation() == Mutation.EXPIRED_BEHIND_THE_END;
        if (always || world.repository().newestFirst().get(0).id().equals(id)) {
            sweeping = world.repository().expire(world.keepSnapshots());
        }
    }

    private byte[] write() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (List<TickedEvent> events : open.values()) {
                for (TickedEvent event : events) {
                    event.write(out);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return world.mutation() == Mutation.OPEN_EVENTS_FORGOTTEN ? new byte[0] : bytes.toByteArray();
    }

    private void read(Entry entry) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(entry.open()))) {
            while (in.available() > 0) {
                TickedEvent event = TickedEvent.read(in);
                if (learner.ownsUser(event.user)) {
                    open.computeIfAbsent(event.tick, tick -> new ArrayList<>()).add(event);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    LaneLearner learner() {
        return learner;
    }

    /** The process dies, wherever it is. */
    void die() {
        world.fibers().give(fiber);
        learner.close();
    }
}
