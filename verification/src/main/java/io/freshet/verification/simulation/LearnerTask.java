package io.freshet.verification.simulation;

import io.freshet.job.core.LearnerCore;
import io.freshet.job.core.LearnerPorts;
import io.freshet.job.core.LearnerSetup;
import io.freshet.job.core.StateIdentity;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.feed.FeedAuthor;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.store.snapshot.Retention;
import io.freshet.train.exchange.Exchange;
import io.freshet.verification.simulation.forgery.Forgery;
import io.freshet.verification.simulation.forgery.WrongCut;
import io.freshet.verification.simulation.log.LogScript;
import io.freshet.verification.simulation.reference.Settings;
import io.freshet.verification.simulation.schedule.Actor;
import io.freshet.verification.simulation.schedule.Background;
import io.freshet.verification.simulation.schedule.Fiber;
import io.freshet.verification.simulation.schedule.Mutation;
import io.freshet.verification.simulation.schedule.Upload;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A learner's task: passes what comes through its channel to the product's {@link LearnerCore}. */
final class LearnerTask implements Actor {
    /** A notification of the checkpoint coordinator. */
    record Notice(long checkpoint, boolean complete) {}

    private final World world;
    private final int subtask;
    private final ArrayDeque<Element> channel = new ArrayDeque<>();
    private final ArrayDeque<Notice> mail = new ArrayDeque<>();
    private final Fiber fiber;
    private final Background background;
    private final LearnerSetup setup;
    private final LearnerPorts ports;
    private final LearnerCore.@Nullable Checkpoint from;
    private final Former former;
    private @Nullable LearnerCore core;
    private ChangeTopic.@Nullable Sender sender;
    private @Nullable Tracked tracked;
    private boolean ended;

    LearnerTask(World world, int subtask, Exchange exchange, LearnerCore.@Nullable Checkpoint from, Former former) {
        this.world = world;
        this.subtask = subtask;
        this.from = from;
        this.former = former;
        fiber = world.fibers().take();
        background = new Background(world, "background " + subtask, this::expiresTooMuch);
        setup = new LearnerSetup(
                subtask,
                Settings.LAYOUT,
                LogScript.TICK_MILLIS,
                Settings.LEARNER,
                new StateIdentity(Map.of(StateIdentity.LOG, world.log().id())),
                Map.of("id-key", LogScript.IDS.key()),
                Retention.newest(world.keepSnapshots()),
                world.accept());
        String opening = world.disk().opening();
        ports = new LearnerPorts(
                exchange,
                world.disk().repository(),
                world.disk().directory(opening),
                (directory, layout, held) -> store(InMemoryStore.open(directory, layout, held, opening)),
                this::feed,
                () -> CpuDevices.scalar().open(),
                List.of(),
                background,
                background,
                world::now);
    }

    private LearnerPorts.Store store(InMemoryStore opened) {
        return world.mutation() == Mutation.CUT_DIGEST_WRONG
                ? new LearnerPorts.Store(
                        opened, new WrongCut(opened, () -> isOpen() && world.plants(Mutation.CUT_DIGEST_WRONG)))
                : LearnerPorts.Store.of(opened);
    }

    private ChangeTopic.Sender feed(FeedAuthor author, long lastTick) {
        ChangeTopic.Sender opened = world.feed().open(author, lastTick);
        sender = opened;
        return opened;
    }

    private void expiresTooMuch() {
        if (world.mutation() == Mutation.EXPIRES_TOO_MUCH && setup.leads()) {
            ports.repository().expire(1);
        }
    }

    List<Actor> actors() {
        return List.of(this, background);
    }

    boolean isOpen() {
        return core != null;
    }

    long tick() {
        return core == null ? -1 : core.tick();
    }

    /** Start of the learner, as it counts them; -1 before it is open. */
    long incarnation() {
        return isOpen() && sender != null ? sender.incarnation() : -1;
    }

    /** The state that it learns in. */
    EmbeddingStore state() {
        return Objects.requireNonNull(core).store().state();
    }

    ChangeTopic.@Nullable Sender sender() {
        return sender;
    }

    /** Whether it has nothing to do. */
    boolean idle() {
        return isOpen() && channel.isEmpty() && mail.isEmpty() && !fiber.busy();
    }

    boolean ended() {
        return ended;
    }

    boolean room(int capacity) {
        return channel.size() < capacity;
    }

    void send(Element element) {
        boolean overtakes = world.mutation() == Mutation.WATERMARK_OVERTAKES && element instanceof Element.Watermark
                || world.mutation() == Mutation.BARRIER_OVERTAKES && element instanceof Element.Barrier;
        Element last = overtakes && channel.peekLast() instanceof Element.Event ? channel.pollLast() : null;
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
            return world.now() >= notBefore() && fiber.waiting().ready().getAsBoolean();
        }
        return core == null || !mail.isEmpty() || !channel.isEmpty();
    }

    @Override
    public long notBefore() {
        return fiber.busy() ? fiber.waiting().notBefore() : 0;
    }

    @Override
    public String waitsFor() {
        return fiber.busy() ? fiber.waiting().what() : "its channel";
    }

    @Override
    public void step() {
        LearnerCore open = core;
        if (fiber.busy()) {
            fiber.resume();
        } else if (open == null) {
            run(this::open);
        } else if (!mail.isEmpty()) {
            take(open, mail.remove());
        } else {
            take(open, channel.remove());
        }
    }

    private void run(Runnable work) {
        fiber.begin(work);
        fiber.resume();
    }

    private void open() {
        LearnerCore opened = LearnerCore.open(setup, ports, from);
        tracked = new Tracked(world, opened, setup, former);
        core = opened;
        world.trace(this, "opens at tick " + opened.tick() + " with " + opened.openRecords() + " open records");
    }

    private void take(LearnerCore open, Element element) {
        Tracked mine = Objects.requireNonNull(tracked);
        if (element instanceof Element.Event one) {
            open.take(one.event());
        } else if (element instanceof Element.Watermark mark) {
            run(() -> open.close(mark.timestamp(), mine::learned));
        } else if (element instanceof Element.Barrier barrier) {
            run(() -> cut(open, barrier.checkpoint()));
        } else {
            run(() -> {
                open.end(mine::learned);
                ended = true;
                world.trace(this, "has ended at tick " + open.tick());
            });
        }
    }

    private void cut(LearnerCore open, long checkpoint) {
        LearnerCore.Cut cut = open.cut(checkpoint, false);
        byte[] entry =
                world.mutation() == Mutation.OPEN_EVENTS_FORGOTTEN ? Forgery.withoutEvents(cut.entry()) : cut.entry();
        boolean early = world.mutation() == Mutation.ACKNOWLEDGED_BEFORE_UPLOADED;
        Runnable acknowledge = () -> world.checkpoints().acknowledge(checkpoint, entry);
        world.begin(new Upload(
                world,
                "upload " + subtask,
                cut.upload(),
                early ? () -> {} : acknowledge,
                () -> world.checkpoints().abort(checkpoint, "an upload failed")));
        world.trace(this, "cuts checkpoint " + checkpoint + " at tick " + open.tick());
        if (early) {
            acknowledge.run();
        }
    }

    private void take(LearnerCore open, Notice notice) {
        if (notice.complete()) {
            open.completed(notice.checkpoint());
        } else {
            open.aborted(notice.checkpoint());
        }
    }

    /** The process dies, wherever it is. */
    void die() {
        world.fibers().give(fiber);
        background.die();
        if (core != null) {
            core.close();
        }
        world.disk().delete(ports.directory());
    }
}
