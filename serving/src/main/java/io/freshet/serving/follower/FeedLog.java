package io.freshet.serving.follower;

import java.util.List;

/** The change feed's one partition, as a follower reads it. */
public interface FeedLog extends AutoCloseable {
    /**
     * A record.
     *
     * @param offset where it stands; offsets rise, and may leave some out
     * @param bytes a frame, {@code [bytes]}, if a learner sent it
     */
    record Entry(long offset, byte[] bytes) {}

    /**
     * What is known of the brokers and of the feed there.
     *
     * @param reachedAtMillis when the brokers were asked that answered last, by the follower's clock; -1 if never
     * @param begin first offset that was there then
     * @param end first offset that was not there yet then
     * @param topic identity of the topic, which another one of the same name does not have; empty if not known
     * @param problem why the feed cannot be read although brokers answer, or why none answers; empty if not known
     */
    record Reach(long reachedAtMillis, long begin, long end, String topic, String problem) {
        /** Before anybody answered. */
        public static final Reach NONE = new Reach(-1, 0, 0, "", "");
    }

    /** The position is not in the feed: records were trimmed, or the topic was made again. */
    final class Lost extends RuntimeException {
        private static final long serialVersionUID = 1;

        public Lost(String message) {
            super(message);
        }
    }

    /** Names the feed for people: topic and brokers. */
    String name();

    /** Goes to an offset; the next {@link #poll} reads from there. */
    void seek(long offset);

    /**
     * The next records; it may wait for some for a moment, and gives none if none came.
     *
     * @throws Lost if the position is not in the feed
     */
    List<Entry> poll();

    /** What is known of the brokers now; never waits. */
    Reach reach();

    @Override
    void close();
}
