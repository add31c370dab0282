package io.freshet.store;

/**
 * One thing a user did, as a history keeps it.
 *
 * @param item hashed item id
 * @param action code of the action, 0 to 31
 * @param eventTimeMillis when it happened, by the event's own clock, ms since the epoch
 * @param value price, rating or dwell time; 0 if none, but not a number for a rating that gives none
 * @param eventId hashed event id; an event whose id still stands in its user's history is a duplicate
 */
public record Interaction(long item, byte action, long eventTimeMillis, float value, long eventId) {}
