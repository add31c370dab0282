package io.freshet.job.source;

import java.util.Map;
import java.util.Set;

/** The topic of the log, as whoever opens partitions of it asks for it. */
public interface LogPort {
    /**
     * What the topic is.
     *
     * @param id its id, which is another when it is made again under its name
     * @param partitions its partitions
     */
    record Description(String id, Set<Integer> partitions) {}

    /**
     * First offsets that there are, and first offsets behind the last.
     *
     * @param begin first offset of each partition
     * @param end first offset behind each partition
     */
    record Bounds(Map<Integer, Long> begin, Map<Integer, Long> end) {}

    /** Its name. */
    String name();

    /** Describes it as it is now. */
    Description describe();

    /** Asks for the bounds of partitions. */
    Bounds bounds(Set<Integer> partitions);
}
