package io.freshet.job.core;

import io.freshet.train.exchange.Exchange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * What learners agree on before they learn what a watermark closed: which ticks there are, and which offsets each
 * holds. A learner to which no event of a tick was sent does not know of it otherwise. All learners see the same
 * watermarks in the same order, since one task sends them to all. With it goes a fingerprint of what they computed
 * together, so that learners that differ stop at the next watermark.
 */
public final class TickAgreement {
    private final Exchange exchange;

    public TickAgreement(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * Agrees on closed ticks.
     *
     * @param mine offsets that this learner got, per tick and partition
     * @param tick last tick learned
     * @param fingerprint of all steps up to it
     * @return the same of all learners together
     */
    public TreeMap<Long, TreeMap<Integer, Long>> agree(
            TreeMap<Long, TreeMap<Integer, Long>> mine, long tick, long fingerprint) {
        if (exchange.alone()) {
            return mine;
        }
        TreeMap<Long, TreeMap<Integer, Long>> all = new TreeMap<>();
        byte[][] taken = exchange.allGather(toBytes(mine, tick, fingerprint));
        for (int learner = 0; learner < taken.length; learner++) {
            merge(all, taken[learner], learner, tick, fingerprint);
        }
        return all;
    }

    private static byte[] toBytes(TreeMap<Long, TreeMap<Integer, Long>> ticks, long tick, long fingerprint) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeLong(tick);
            out.writeLong(fingerprint);
            out.writeInt(ticks.size());
            for (Map.Entry<Long, TreeMap<Integer, Long>> entry : ticks.entrySet()) {
                out.writeLong(entry.getKey());
                out.writeInt(entry.getValue().size());
                for (Map.Entry<Integer, Long> offset : entry.getValue().entrySet()) {
                    out.writeInt(offset.getKey());
                    out.writeLong(offset.getValue());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void merge(
            TreeMap<Long, TreeMap<Integer, Long>> all, byte[] bytes, int learner, long tick, long fingerprint) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            long theirTick = in.readLong();
            long theirs = in.readLong();
            if (theirTick != tick || theirs != fingerprint) {
                throw new IllegalStateException("learner " + learner + " is at tick " + theirTick
                        + ", this one at tick " + tick + (theirTick == tick ? ", with another fingerprint" : "")
                        + ": they no longer hold the same model; all start again from the last checkpoint");
            }
            for (int n = in.readInt(); n > 0; n--) {
                TreeMap<Integer, Long> offsets = all.computeIfAbsent(in.readLong(), key -> new TreeMap<>());
                for (int p = in.readInt(); p > 0; p--) {
                    offsets.merge(in.readInt(), in.readLong(), Math::max);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("what learner " + learner + " said of its ticks is cut short", e);
        }
    }
}
