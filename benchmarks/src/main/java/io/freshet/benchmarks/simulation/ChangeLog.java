package io.freshet.benchmarks.simulation;

import io.freshet.store.AppliedTick;
import io.freshet.store.feed.FeedFrame;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The topic of the change feed and the broker in front of it. What a leader sends is under way for a while; when the
 * leader dies, some of it is lost and the rest may arrive when the next leader has begun.
 */
final class ChangeLog implements Actor {
    /** What one leader has sent and the broker has not written. */
    static final class Sender {
        private final long incarnation;
        private final ArrayDeque<byte[]> underWay = new ArrayDeque<>();
        private long next;
        private long previousTick;
        private long lateUntil;

        private Sender(long incarnation, long end, long lastTick) {
            this.incarnation = incarnation;
            next = end;
            previousTick = lastTick;
        }

        long incarnation() {
            return incarnation;
        }

        /** Sends a tick, as {@code ChangeFeed} does. */
        void publish(long tick, AppliedTick applied) {
            byte[][] encoded = applied.encoded();
            for (int lane = 0; lane < encoded.length; lane++) {
                for (FeedFrame.Part part : FeedFrame.parts(incarnation, tick, lane, encoded[lane])) {
                    underWay.add(part.toBytes());
                }
            }
            underWay.add(new FeedFrame.Marker(incarnation, tick, previousTick, 0, applied.digests()).toBytes());
            previousTick = tick;
        }

        /** Whether the broker has everything. */
        boolean flushed() {
            return underWay.isEmpty();
        }

        /** First offset behind what the broker has of this leader. */
        long next() {
            return next;
        }
    }

    private final World world;
    private final List<byte[]> frames = new ArrayList<>();
    private final List<Sender> senders = new ArrayList<>();
    private long start;
    private boolean repeats;

    ChangeLog(World world) {
        this.world = world;
    }

    Sender open(long incarnation, long lastTick) {
        Sender sender = new Sender(incarnation, end(), lastTick);
        senders.add(sender);
        return sender;
    }

    /** A leader died: a random part of what was under way is lost, the rest comes late. */
    void orphan(Sender sender, SplittableRandom random) {
        int kept = random.nextInt(sender.underWay.size() + 1);
        while (sender.underWay.size() > kept) {
            sender.underWay.removeLast();
        }
        sender.lateUntil = world.now() + (random.nextInt(3) == 0 ? 0 : random.nextInt(500));
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
    long trim(int argument) {
        int count = argument % (frames.size() + 1);
        frames.subList(0, count).clear();
        start += count;
        return start;
    }

    void repeatNext() {
        repeats = true;
    }

    @Override
    public String name() {
        return "broker";
    }

    @Override
    public boolean ready() {
        return senders.stream().anyMatch(this::arrives);
    }

    @Override
    public long notBefore() {
        long soonest = Long.MAX_VALUE;
        for (Sender sender : senders) {
            if (!sender.flushed()) {
                soonest = Math.min(soonest, sender.lateUntil);
            }
        }
        return soonest == Long.MAX_VALUE ? 0 : soonest;
    }

    private boolean arrives(Sender sender) {
        return !sender.flushed() && sender.lateUntil <= world.now();
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
        sender.next = end();
        senders.removeIf(other -> other.flushed() && !world.isLeader(other));
        if (world.traces()) {
            FeedFrame read = FeedFrame.fromBytes(frame);
            String what = read instanceof FeedFrame.Part part ? "lane " + part.lane() : "marker";
            world.trace(
                    this, "tick " + read.tick() + " " + what + " of incarnation " + read.incarnation() + " is written");
        }
    }
}
