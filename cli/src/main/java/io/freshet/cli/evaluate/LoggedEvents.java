package io.freshet.cli.evaluate;

import io.freshet.schema.BehaviourEvent;
import io.freshet.schema.EntityIds;
import io.freshet.train.tick.LogEvent;

/** Events of a data set as a learner without a job takes them: of a log of one partition, with the standard ids. */
public final class LoggedEvents {
    private LoggedEvents() {}

    /**
     * An event as it would stand in the log.
     *
     * @param offset its place in the log
     * @param value what its history keeps as the value
     */
    public static LogEvent of(long offset, BehaviourEvent event, float value) {
        EntityIds ids = EntityIds.standard();
        return new LogEvent(
                0,
                offset,
                ids.subject(event.subject()),
                event.subject(),
                ids.item(event.itemId()),
                event.itemId(),
                event.action().code(),
                event.eventTimeMillis(),
                value,
                ids.event(event.eventId()));
    }
}
