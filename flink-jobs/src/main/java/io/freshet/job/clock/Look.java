package io.freshet.job.clock;

import java.util.Map;

/**
 * What was seen of the log's ends at one moment.
 *
 * @param askedAtMillis when it was asked for, on the {@link Patience} clock
 * @param ends first offset behind what can be read, of every partition: the last stable offset where transactions are
 *     respected
 */
public record Look(long askedAtMillis, Map<Integer, Long> ends) {}
