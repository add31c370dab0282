package io.freshet.job;

import io.freshet.train.Exchange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * What learners agree on before they learn what a watermark closed: which ticks there are, and which offsets each
 * holds.
 * A learner to which no event of a tick was sent does not know of it otherwise. All learners see the same watermarks in
 * the same order, since one task sends them to all. With it goes the state's digest, so that learners that differ stop
 * at the next watermark.
 */
public final class TickAgreement {
    private final Exchange exchange;
    private final int lanes;

    public TickAgreement(Exchange exchange, int lanes) {
        this.exchange = exchange;
        this.lanes = lanes;
    }

    /**
     * Agrees on closed ticks.
     *
     * @param mine offsets that this learner got, per tick and partition
     * @param tick last tick learned
     * @param digest of the state after it
     * @return the same of all learners together
     */
    public TreeMap<Long, TreeMap<Integer, Long>> agree(
            TreeMap<Long, TreeMap<Integer, Long>> mine, long tick, byte[] digest) {
        if (exchange.alone()) {
            return mine;
        }
        byte[][] given = new byte[lanes][];
        byte[] own = toBytes(mine, tick, digest);
        for (int lane = 0; lane < lanes; lane++) {
            if (exchange.owns(lane)) {
                given[lane] = own;
                own = new byte[0];
            }
        }
        TreeMap<Long, TreeMap<Integer, Long>> all = new TreeMap<>();
        byte[][] taken = exchange.share(given);
        for (int lane = 0; lane < lanes; lane++) {
            if (taken[lane].length > 0) {
                merge(all, taken[lane], lane, tick, digest);
            }
        }
        return all;
    }

    private static byte[] toBytes(TreeMap<Long, TreeMap<Integer, Long>> ticks, long tick, byte[] digest) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeLong(tick);
            out.writeInt(digest.length);
            out.write(digest);
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
            TreeMap<Long, TreeMap<Integer, Long>> all, byte[] bytes, int lane, long tick, byte[] digest) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            long theirTick = in.readLong();
            byte[] theirs = in.readNBytes(in.readInt());
            if (theirTick != tick || !Arrays.equals(theirs, digest)) {
                throw new IllegalStateException("the learner of lane " + lane + " is at tick " + theirTick
                        + ", this one at tick " + tick + (theirTick == tick ? ", with another digest" : "")
                        + ": they no longer hold the same model; all start again from the last checkpoint");
            }
            for (int n = in.readInt(); n > 0; n--) {
                TreeMap<Integer, Long> offsets = all.computeIfAbsent(in.readLong(), key -> new TreeMap<>());
                for (int p = in.readInt(); p > 0; p--) {
                    offsets.merge(in.readInt(), in.readLong(), Math::max);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("what the learner of lane " + lane + " said of its ticks is cut short", e);
        }
    }
}
