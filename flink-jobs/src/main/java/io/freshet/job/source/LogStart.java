package io.freshet.job.source;

import java.io.Serializable;
import java.util.Map;
import java.util.Set;

/**
 * The log as it was when the job was submitted, and where it is read from without a checkpoint.
 *
 * @param topic events
 * @param topicId id of the topic, which is another when it is made again under its name
 * @param partitions partitions that it had
 * @param positions first offset to read of partitions, if a state is gone on from; of the others the first there is
 * @param afterTick last tick of that state; -1 for none
 */
public record LogStart(
        String topic, String topicId, Set<Integer> partitions, Map<Integer, Long> positions, long afterTick)
        implements Serializable {}
