package io.freshet.cli.progress;

import java.util.Map;

/** What the learner in this JVM has learned, for JMX. */
public interface LearnedMBean {
    /** Number of the learner's start. */
    long getIncarnation();

    /** Last tick that it applied; -1 before the first. */
    long getTick();

    /** Highest offset that it learned, per partition of the log. */
    Map<Integer, Long> getFrontier();
}
