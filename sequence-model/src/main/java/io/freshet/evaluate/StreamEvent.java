package io.freshet.evaluate;

import io.freshet.train.tick.LogEvent;

/**
 * An event of a stream.
 *
 * @param log as the learner takes it
 * @param session what its session is called; a user's events of another session are the past
 * @param period whole period (day) that it falls into, from 0
 */
public record StreamEvent(LogEvent log, long session, int period) {}
