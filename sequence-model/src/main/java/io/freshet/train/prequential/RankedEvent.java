package io.freshet.train.prequential;

/**
 * Where the model put an event's item before it learned from the event.
 *
 * @param eventId hashed event id
 * @param rank items that scored higher, in the whole catalogue; -1 if the item was not in it yet
 */
public record RankedEvent(long eventId, int rank) {}
