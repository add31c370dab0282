package io.freshet.train.exchange;

/**
 * The collective calls of a learner with messages that are reused: a message for every learner is written, then all are
 * given and taken in one call. Counts the bytes that leave this learner.
 */
public final class Collectives {
    private static final MessageReader[] NONE = {};

    private final Exchange exchange;
    /** A message for each learner, {@code [K]}; that of learner 0 is also the one for all. */
    private final MessageWriter[] writers;

    private long bytes;

    /** Calls through an exchange. */
    public Collectives(Exchange exchange) {
        this.exchange = exchange;
        writers = new MessageWriter[exchange.learners()];
        for (int k = 0; k < writers.length; k++) {
            writers[k] = new MessageWriter();
        }
    }

    /** Whether there is only this learner, so that nothing needs to be exchanged. */
    public boolean alone() {
        return exchange.alone();
    }

    /** No messages: what there is to read where nothing was exchanged. */
    public static MessageReader[] none() {
        return NONE;
    }

    /** The message for one learner in the next {@link #allToAll}. */
    public MessageWriter to(int learner) {
        return writers[learner];
    }

    /** The message for all learners in the next {@link #allGather}. */
    public MessageWriter toAll() {
        return writers[0];
    }

    /** Gives every learner its message and takes theirs; returns when all have given. */
    public MessageReader[] allToAll() {
        byte[][] parts = new byte[writers.length][];
        for (int k = 0; k < parts.length; k++) {
            parts[k] = writers[k].toBytes();
            bytes += k == exchange.self() ? 0 : parts[k].length;
            writers[k].clear();
        }
        return MessageReader.of(exchange.allToAll(parts));
    }

    /** Gives all learners one message and takes theirs, this one's included; returns when all have given. */
    public MessageReader[] allGather() {
        byte[] mine = writers[0].toBytes();
        bytes += (long) mine.length * (writers.length - 1);
        writers[0].clear();
        return MessageReader.of(exchange.allGather(mine));
    }

    /** Bytes given to other learners so far. */
    public long bytes() {
        return bytes;
    }
}
