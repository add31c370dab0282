package io.freshet.job;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells where the log ends, so that a partition which is merely slow is never taken for an idle one. */
interface LogEnd extends AutoCloseable {
    /**
     * What was seen.
     *
     * @param askedAt when it was asked for, processing time, ms
     * @param ends end offset per partition
     */
    record Look(long askedAt, Map<Integer, Long> ends) {}

    /** What was last seen, or null before the first look; starts a new look in the background. */
    @Nullable
    Look look(long now);

    @Override
    void close();
}
