package io.freshet.job.clock;

import java.util.Map;

/**
 * First offsets behind what the partitions of the log have, as one probe saw them.
 *
 * @param askedAtMillis when they were asked for, on the {@link Patience} clock
 * @param ends first offset behind what can be read, of every partition: the last stable offset where transactions are
 *     respected
 */
public record EndOffsets(long askedAtMillis, Map<Integer, Long> ends) {}
