package io.freshet.serving.follower;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** A feed on the heap whose brokers can go away, and whose beginning can be trimmed. */
final class FakeFeed implements FeedLog {
    private final LongSupplier clock;
    private final List<byte[]> records = new ArrayList<>();
    private long begin;
    private long position = -1;
    private String topic = "topic-1";
    private Reach reach = Reach.NONE;
    private boolean reachable = true;
    private boolean closed;
    private int seeks;

    FakeFeed(LongSupplier clock) {
        this.clock = clock;
    }

    void send(List<byte[]> frames) {
        records.addAll(frames);
    }

    void send(byte[] frame) {
        records.add(frame);
    }

    void reachable(boolean now) {
        reachable = now;
    }

    void trim(long to) {
        records.subList(0, (int) (to - begin)).clear();
        begin = to;
    }

    /** Deleted and made again. */
    void makeAgain() {
        records.clear();
        begin = 0;
        topic = topic + "'";
    }

    long end() {
        return begin + records.size();
    }

    int seeks() {
        return seeks;
    }

    boolean closed() {
        return closed;
    }

    @Override
    public String name() {
        return "127.0.0.1:9 (topic changes)";
    }

    @Override
    public void seek(long offset) {
        seeks++;
        position = offset;
    }

    @Override
    public List<Entry> poll() {
        if (!reachable) {
            return List.of();
        }
        if (position < begin || position > end()) {
            throw new Lost("offset " + position + " is not in the feed, which has " + begin + " to " + end());
        }
        List<Entry> some = new ArrayList<>();
        for (int n = 0; n < 4 && position < end(); n++, position++) {
            some.add(new Entry(position, records.get((int) (position - begin))));
        }
        return some;
    }

    @Override
    public Reach reach() {
        if (reachable) {
            reach = new Reach(clock.getAsLong(), begin, end(), topic, "");
        }
        return reach;
    }

    @Override
    public void close() {
        closed = true;
    }
}
