package io.freshet.job.core;

import io.freshet.store.AppliedTick;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.LaneRange;
import io.freshet.store.StateView;
import io.freshet.store.codec.ContentMismatch;
import io.freshet.store.codec.LaneDigests;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the store that a learner learns in with the digests of its content: those of every cut with what was
 * published of the last tick, and with every completed checkpoint one lane, in turn, with all that stands in it. The
 * latter is done in the background, on a view; what it finds ends the learner with its next {@link #requireWhole}.
 */
final class ContentChecks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ContentChecks.class);

    private final EmbeddingStore store;
    private final Executor background;
    /** Digests of content as of the last tick, {@code [lanes][32]}; entries of lanes that are not held are empty. */
    private byte[][] published;

    private final AtomicReference<@Nullable RuntimeException> found = new AtomicReference<>();
    private final AtomicBoolean underWay = new AtomicBoolean();
    private final AtomicLong scans = new AtomicLong();
    private final AtomicLong skipped = new AtomicLong();
    private final AtomicLong mismatches = new AtomicLong();
    /** Held while the store is read in the background. */
    private final Object reading = new Object();

    private volatile boolean closed;

    /**
     * Of a store that was just opened, which read all that it found there.
     *
     * @param background where scans run, one after the other
     */
    ContentChecks(EmbeddingStore store, Executor background) {
        this.store = store;
        this.background = background;
        LaneRange held = store.held();
        published = new byte[store.layout().lanes()][0];
        for (int lane = held.from(); lane < held.to(); lane++) {
            published[lane] = store.contentDigest(lane);
        }
    }

    /** A tick was applied, and is published like this. */
    void applied(AppliedTick tick) {
        published = tick.contents();
    }

    /**
     * Compares what a cut holds with what was published of the last tick.
     *
     * @param snapshot its name
     * @param cut digests of its lanes
     * @throws PermanentFailure naming the first lane that differs, with both digests
     */
    void requirePublished(String snapshot, List<LaneDigests> cut) {
        LaneRange held = store.held();
        for (int lane = held.from(); lane < held.to(); lane++) {
            String expected = HexFormat.of().formatHex(published[lane]);
            if (!cut.get(lane).content().equals(expected)) {
                mismatches.incrementAndGet();
                throw damaged(
                        "snapshot " + snapshot + ": content of lane " + lane + " has the digest "
                                + cut.get(lane).content() + ", but tick " + store.tick() + " was published with "
                                + expected,
                        null);
            }
        }
    }

    /** Reads one lane as a whole, in the background; not if the one before is still read. */
    void scan(long checkpoint) {
        if (!underWay.compareAndSet(false, true)) {
            skipped.incrementAndGet();
            return;
        }
        LaneRange held = store.held();
        int lane = held.from() + Math.floorMod(checkpoint, held.count());
        background.execute(() -> {
            try {
                synchronized (reading) {
                    read(lane);
                }
            } finally {
                underWay.set(false);
            }
        });
    }

    private void read(int lane) {
        if (closed) {
            return;
        }
        try (StateView view = store.view()) {
            if (view.verifyContent(lane, () -> !closed)) {
                scans.incrementAndGet();
            }
        } catch (ContentMismatch e) {
            mismatches.incrementAndGet();
            LOG.error("THE STORE IS DAMAGED: {}", e.getMessage());
            found.compareAndSet(null, damaged(String.valueOf(e.getMessage()), e));
        } catch (RuntimeException | Error e) {
            // What cannot be read now may be readable in a store that is restored: the job begins again.
            found.compareAndSet(
                    null, new IllegalStateException("lane " + lane + " could not be compared with its digests", e));
            LOG.error("lane {} could not be compared with its digests", lane, e);
            if (e instanceof Error error) {
                throw error;
            }
        }
    }

    private static PermanentFailure damaged(String what, @Nullable Throwable cause) {
        String message = "the learner's store is damaged: " + what + ". Look after this machine's disk and memory, then"
                + " start again from the last checkpoint: its snapshot is read as a whole when it is restored, and"
                + " refused if it has the damage too; go back to an older one then (freshet models rollback)";
        return cause == null ? new PermanentFailure(message) : new PermanentFailure(message, cause);
    }

    /**
     * Goes on only if no scan has found anything.
     *
     * @throws PermanentFailure naming the lane and both digests, if one differs
     * @throws IllegalStateException naming the lane, if one could not be read
     */
    void requireWhole() {
        RuntimeException failure = found.get();
        if (failure != null) {
            throw failure;
        }
    }

    /** Lanes that were read as a whole and found to be what they were. */
    long scans() {
        return scans.get();
    }

    /** Checkpoints whose scan was left out: the one before was still under way. */
    long skipped() {
        return skipped.get();
    }

    /** Digests that differed. */
    long mismatches() {
        return mismatches.get();
    }

    /** Ends a scan that is under way, and waits for it: the store may be closed then. */
    @Override
    public void close() {
        closed = true;
        synchronized (reading) {
            LOG.debug("{} lanes read, {} scans left out", scans, skipped);
        }
    }
}
