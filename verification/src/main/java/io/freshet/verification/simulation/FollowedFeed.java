package io.freshet.verification.simulation;

import io.freshet.serving.follower.FeedLog;
import io.freshet.verification.simulation.forgery.Forgery;
import io.freshet.verification.simulation.schedule.Fault;
import io.freshet.verification.simulation.schedule.Mutation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * The feed as a follower's consumer sees it, and what its brokers answer when they are asked: now and then, and not
 * while the follower is cut off from them.
 */
final class FollowedFeed implements FeedLog {
    /** What a consumer says that fails as planned. */
    static final String FAILS = "the consumer fails";
    /** What brokers say that have no such topic. */
    static final String MISSING = "there is no topic";

    /** What is said of brokers that do not answer. */
    static final String SILENT = "no broker answers there";

    private final World world;
    private final LongSupplier incarnation;
    private final long interval;
    /** Ends that the brokers named, by the time at which they were asked; of the present topic. */
    private final TreeMap<Long, Long> ends = new TreeMap<>();

    private Reach known = Reach.NONE;
    private OptionalLong madeAgainAt = OptionalLong.empty();
    private long isolatedUntil;
    private long next;
    private long position;
    private long seen = -1;

    /** @param incarnation the learner that is followed */
    FollowedFeed(World world, long isolatedUntil, LongSupplier incarnation) {
        this.world = world;
        this.isolatedUntil = isolatedUntil;
        this.incarnation = incarnation;
        interval = 1 + world.random().nextInt(100);
    }

    /** Until then no broker answers. */
    void isolate(long until) {
        isolatedUntil = Math.max(isolatedUntil, until);
    }

    long isolatedUntil() {
        return isolatedUntil;
    }

    private boolean isIsolated() {
        return world.now() < isolatedUntil;
    }

    /** Whether a poll would give records that the last one did not see. */
    boolean grew() {
        return !isIsolated() && world.feed().end() > seen;
    }

    /**
     * Whether brokers have answered within a time, and everything that they had so long ago is before a position. Of a
     * topic that is younger there is nothing yet that a position could be compared with.
     */
    boolean isCurrent(long place, long millis) {
        if (madeAgainAt.isPresent() && world.now() - madeAgainAt.getAsLong() <= millis) {
            return true;
        }
        Map.Entry<Long, Long> then = ends.floorEntry(world.now() - millis);
        return !ends.isEmpty()
                && world.now() - ends.lastKey() <= millis
                && (then == null ? ends.firstEntry() : then).getValue() <= place;
    }

    @Override
    public String name() {
        return "the broker";
    }

    @Override
    public void seek(long offset) {
        position = offset;
    }

    @Override
    public List<Entry> poll() {
        if (world.takes(Fault.Kind.FEED_READ_FAILS)) {
            throw new IllegalStateException(FAILS);
        }
        if (isIsolated() || world.feed().isMissing()) {
            return List.of();
        }
        long end = world.feed().end();
        if (position < world.feed().start() || position > end) {
            throw new Lost("offset " + position + " is not in the feed, which has "
                    + world.feed().start() + " to " + end);
        }
        List<Entry> some = new ArrayList<>();
        for (int n = 1 + world.random().nextInt(12); n > 0 && position < end; n--) {
            byte[] frame = world.feed().frame(position);
            some.add(new Entry(
                    position,
                    world.mutation() == Mutation.FOREIGN_FRAMES_ACCEPTED
                            ? Forgery.adopted(frame, incarnation.getAsLong())
                            : frame));
            position++;
        }
        seen = position;
        return some;
    }

    @Override
    public Reach reach() {
        if (world.now() >= next) {
            next = world.now() + interval;
            known = answer();
        }
        return known;
    }

    private Reach answer() {
        if (isIsolated()) {
            return world.mutation() == Mutation.SILENT_BROKERS_TRUSTED && known.reachedAtMillis() >= 0
                    ? new Reach(world.now(), known.begin(), known.end(), known.topic(), "")
                    : new Reach(known.reachedAtMillis(), known.begin(), known.end(), known.topic(), SILENT);
        }
        if (world.feed().isMissing()) {
            return new Reach(world.now(), known.begin(), known.end(), known.topic(), MISSING);
        }
        String topic = "changes-" + world.feed().epoch();
        if (!topic.equals(known.topic())) {
            if (!ends.isEmpty()) {
                madeAgainAt = OptionalLong.of(world.now());
            }
            ends.clear();
        }
        ends.put(world.now(), world.feed().end());
        return new Reach(world.now(), world.feed().start(), world.feed().end(), topic, "");
    }

    @Override
    public void close() {
        // It is the topic's.
    }
}
