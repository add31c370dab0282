package io.freshet.job.core;

import io.freshet.store.AppliedTick;
import io.freshet.store.LaneRange;
import io.freshet.train.exchange.Exchange;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * Brings what a tick did to all lanes to the leader, which publishes it: learners own some lanes each, but a tick is
 * published as a whole, in one order. A message is, per lane of its learner: {@code 32 bytes digest | 32 bytes content
 * digest | i32 length | changes}.
 */
public final class TickGather {
    private static final int DIGEST = 32;
    private static final int LEADER = 0;

    private final Exchange exchange;
    private final int lanes;

    /** @param lanes lanes of the store */
    public TickGather(Exchange exchange, int lanes) {
        this.exchange = exchange;
        this.lanes = lanes;
    }

    /**
     * Gives this learner's part.
     *
     * @return the tick of all lanes for the leader; for the others, as it was
     */
    public AppliedTick gather(AppliedTick mine) {
        if (exchange.alone()) {
            return mine;
        }
        byte[][] parts = new byte[exchange.learners()][0];
        if (exchange.self() != LEADER) {
            parts[LEADER] = toBytes(mine);
        }
        byte[][] taken = exchange.allToAll(parts);
        if (exchange.self() != LEADER) {
            return mine;
        }
        byte[][] digests = mine.digests().clone();
        byte[][] contents = mine.contents().clone();
        byte[][] encoded = mine.encoded().clone();
        AppliedTick all = new AppliedTick(digests, contents, encoded);
        for (int learner = 1; learner < taken.length; learner++) {
            read(taken[learner], learner, all);
        }
        return all;
    }

    private byte[] toBytes(AppliedTick mine) {
        LaneRange owned = exchange.owned(lanes);
        int size = 0;
        for (int lane = owned.from(); lane < owned.to(); lane++) {
            size += 2 * DIGEST + 4 + mine.encoded()[lane].length;
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        for (int lane = owned.from(); lane < owned.to(); lane++) {
            out.put(mine.digests()[lane]);
            out.put(mine.contents()[lane]);
            out.putInt(mine.encoded()[lane].length);
            out.put(mine.encoded()[lane]);
        }
        return out.array();
    }

    private void read(byte[] bytes, int learner, AppliedTick all) {
        LaneRange theirs = Exchange.owned(learner, lanes, exchange.learners());
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            for (int lane = theirs.from(); lane < theirs.to(); lane++) {
                all.digests()[lane] = bytes(in, DIGEST);
                all.contents()[lane] = bytes(in, DIGEST);
                all.encoded()[lane] = bytes(in, in.getInt());
            }
        } catch (BufferUnderflowException e) {
            throw new IllegalStateException("what learner " + learner + " did in a tick is cut short", e);
        }
        if (in.hasRemaining()) {
            throw new IllegalStateException(
                    "what learner " + learner + " did in a tick has " + in.remaining() + " bytes behind its " + theirs);
        }
    }

    private static byte[] bytes(ByteBuffer in, int length) {
        // Before anything is allocated for it.
        if (length < 0 || length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] taken = new byte[length];
        in.get(taken);
        return taken;
    }
}
