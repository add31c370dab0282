package io.freshet.verification.simulation;

import io.freshet.job.clock.TickLedger;
import io.freshet.job.core.LearnerFeed;
import io.freshet.job.feed.FeedReader;
import io.freshet.job.source.FeedLedger;
import io.freshet.store.AppliedTick;
import io.freshet.store.feed.FeedAuthor;
import io.freshet.store.feed.FeedFrame;
import io.freshet.store.feed.LogId;
import io.freshet.store.feed.RepositoryId;
import io.freshet.store.feed.TickAssembler;
import io.freshet.verification.simulation.schedule.Actor;
import io.freshet.verification.simulation.schedule.Fiber;
import io.freshet.verification.simulation.schedule.Mutation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The topic of the change feed and the broker in front of it. What a leader sends is under way for a while; when the
 * leader dies, some of it is lost and the rest may arrive when the next leader has begun.
 */
final class ChangeTopic implements Actor {
    /** What one leader has sent and the broker has not written. */
    final class Sender implements LearnerFeed {
        private final FeedAuthor author;
        private final ArrayDeque<byte[]> underWay = new ArrayDeque<>();
        private long next = end();
        private long previousTick;
        private long lateUntil;

        private Sender(FeedAuthor author, long lastTick) {
            this.author = author;
            previousTick = lastTick;
        }

        long incarnation() {
            return author.incarnation();
        }

        @Override
        public void publish(long tick, AppliedTick applied, Map<Integer, Long> frontier) {
            byte[][] encoded = applied.encoded();
            for (int lane = 0; lane < encoded.length; lane++) {
                for (FeedFrame.Part part :
                        FeedFrame.parts(author.repository(), author.incarnation(), tick, lane, encoded[lane])) {
                    underWay.add(part.toBytes());
                }
            }
            underWay.add(new FeedFrame.Marker(
                            author.repository(),
                            author.incarnation(),
                            tick,
                            previousTick,
                            0,
                            author.log(),
                            applied.digests(),
                            applied.contents())
                    .toBytes());
            if (world.mutation() == Mutation.FEED_REORDERED && underWay.size() > 1) {
                byte[] marker = underWay.removeLast();
                byte[] part = underWay.removeLast();
                underWay.add(marker);
                underWay.add(part);
            }
            previousTick = tick;
        }

        @Override
        public Map<Integer, Long> flush() {
            Fiber fiber = Fiber.current();
            if (fiber != null && !underWay.isEmpty()) {
                fiber.pause(new Fiber.Wait(underWay::isEmpty, 0, "the broker, to flush the feed"));
            }
            return Map.of(0, next);
        }

        @Override
        public void close() {
            // What is under way is what the broker makes of it.
        }
    }

    private final World world;
    private final List<byte[]> frames = new ArrayList<>();
    private final List<Sender> senders = new ArrayList<>();
    private long start;
    private int epoch;
    private boolean repeats;
    private long blockedUntil;
    private long missingUntil;

    ChangeTopic(World world) {
        this.world = world;
    }

    Sender open(FeedAuthor author, long lastTick) {
        Sender sender = new Sender(author, lastTick);
        senders.add(sender);
        return sender;
    }

    /** A leader died: a random part of what was under way is lost, the rest comes late. */
    void orphan(SplittableRandom random) {
        for (Sender sender : senders) {
            int kept = random.nextInt(sender.underWay.size() + 1);
            while (sender.underWay.size() > kept) {
                sender.underWay.removeLast();
            }
            sender.lateUntil = world.now() + (random.nextInt(3) == 0 ? 0 : random.nextInt(500));
        }
    }

    long end() {
        return start + frames.size();
    }

    long start() {
        return start;
    }

    byte[] frame(long offset) {
        return frames.get((int) (offset - start));
    }

    /** Drops the beginning, a random part of all there is. */
    void trim(int argument) {
        int count = argument % (frames.size() + 1);
        frames.subList(0, count).clear();
        start += count;
    }

    /** The topic is deleted with all that is under way, and made again under its name after a while. */
    void makeAgain(long at) {
        frames.clear();
        senders.forEach(sender -> sender.underWay.clear());
        start = 0;
        epoch++;
        missingUntil = at;
        block(at);
    }

    /** Number of the topic under its name. */
    int epoch() {
        return epoch;
    }

    /** Whether there is none of that name. */
    boolean isMissing() {
        return world.now() < missingUntil;
    }

    /** Whether nothing is under way that anybody has sent. */
    boolean isCalm() {
        return senders.stream().allMatch(sender -> sender.underWay.isEmpty());
    }

    void repeatNext() {
        repeats = true;
    }

    void block(long until) {
        blockedUntil = Math.max(blockedUntil, until);
    }

    /** Somebody else's frame. */
    void write(byte[] frame) {
        frames.add(frame);
    }

    /** Visits the whole ticks from an offset on, and some before as earlier ones. */
    void ticks(long from, FeedReader.TickVisitor visitor) {
        RepositoryId mine = RepositoryId.of(world.disk().still().identity());
        TickAssembler assembler = new TickAssembler();
        for (long offset = Math.max(from - FeedReader.LONGEST_TICK, start); offset < end(); offset++) {
            try {
                FeedFrame frame = FeedFrame.fromBytes(frame(offset));
                boolean earlier = offset < from;
                if (mine.takes(frame.repository())) {
                    assembler.add(frame).ifPresent(tick -> visitor.tick(tick, earlier));
                }
            } catch (IllegalArgumentException e) {
                // A tick whose beginning was trimmed, or whose sender died; the product leaves it out as well.
                world.trace(this, "has a tick that is not whole: " + e.getMessage());
            }
        }
    }

    /** What was published, as a start reads it. */
    TickLedger ledger(long from, String topicId) {
        TickLedger ledger = new TickLedger();
        LogId log = LogId.of(topicId);
        if (world.mutation() != Mutation.LEDGER_SKIPPED) {
            ticks(from, (tick, earlier) -> FeedLedger.add(ledger, tick, earlier, log));
            ledger.dropEarlier();
        }
        ledger.readTo(end());
        return ledger;
    }

    @Override
    public String name() {
        return "broker";
    }

    @Override
    public boolean ready() {
        return world.now() >= blockedUntil && senders.stream().anyMatch(this::arrives);
    }

    @Override
    public long notBefore() {
        long soonest = Long.MAX_VALUE;
        for (Sender sender : senders) {
            if (!sender.underWay.isEmpty()) {
                soonest = Math.min(soonest, sender.lateUntil);
            }
        }
        return soonest == Long.MAX_VALUE ? 0 : Math.max(blockedUntil, soonest);
    }

    private boolean arrives(Sender sender) {
        return !sender.underWay.isEmpty() && sender.lateUntil <= world.now();
    }

    @Override
    public void step() {
        List<Sender> some = senders.stream().filter(this::arrives).toList();
        Sender sender = some.get(world.random().nextInt(some.size()));
        byte[] frame = sender.underWay.remove();
        frames.add(frame);
        if (repeats) {
            repeats = false;
            frames.add(frame);
        }
        // Offsets of a topic that was made again begin again; a producer keeps the highest that it was told.
        sender.next = Math.max(sender.next, end());
        senders.removeIf(other -> other.underWay.isEmpty() && !world.job().isLeader(other));
        if (world.traces()) {
            FeedFrame read = FeedFrame.fromBytes(frame);
            String what = read instanceof FeedFrame.Part part ? "lane " + part.lane() : "marker";
            world.trace(
                    this, "tick " + read.tick() + " " + what + " of incarnation " + read.incarnation() + " is written");
        }
    }
}
