package io.freshet.store;

import java.util.function.BooleanSupplier;

/** A {@link StateReader} that stays at its tick while the store goes on; to be closed. */
public interface StateView extends StateReader, AutoCloseable {
    /**
     * Reads everything of a lane held and compares it with the digests that were kept with it, as of {@link #tick}. May
     * be called from any thread, while the store is written.
     *
     * @param goesOn asked between entries: whether to go on; once it says no it always does
     * @return whether all of it was read, and is what it was; false if it did not go on to the end
     * @throws IllegalStateException naming the lane: with both digests if they differ (a {@code ContentMismatch}), with
     *     the cause if it cannot be read
     */
    boolean verifyContent(int lane, BooleanSupplier goesOn);

    @Override
    void close();
}
