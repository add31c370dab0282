package io.freshet.job;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells where the log ends, so that a partition which is merely slow is never taken for an idle one. */
interface LogEnd extends AutoCloseable {
    /** End offset per partition as last seen, or null before the first look; starts a new look in the background. */
    @Nullable
    Map<Integer, Long> look();

    @Override
    void close();
}
