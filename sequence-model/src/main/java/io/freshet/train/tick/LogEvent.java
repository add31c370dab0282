package io.freshet.train.tick;

/**
 * A behaviour event as the learner takes it from the log.
 *
 * @param partition partition of the log
 * @param offset offset in the partition; with the partition, the canonical order inside a tick
 * @param user hashed subject id
 * @param subject subject id as the log has it
 * @param item hashed item id
 * @param itemName item id as the log has it
 * @param action code of the action
 * @param eventTimeMillis the event's own time, ms since the epoch
 * @param value price, rating or dwell time; 0 if none
 * @param eventId hashed event id
 */
public record LogEvent(
        int partition,
        long offset,
        long user,
        String subject,
        long item,
        String itemName,
        byte action,
        long eventTimeMillis,
        float value,
        long eventId) {}
