package io.freshet.job.clock;

/**
 * What the log's clock met, over all partitions and the whole log.
 *
 * @param notFollowed timestamps too far ahead or behind to be followed when they came
 * @param jumps steps ahead of more than max-step that the records around them confirmed
 * @param restarts times that a partition's time began again
 * @param fullTicks ticks that a partition filled up to tick.max-records
 * @param openRecords records of ticks that are open now
 * @param paused partitions that run ahead and are not read now
 */
public record ClockCounts(long notFollowed, long jumps, long restarts, long fullTicks, int openRecords, int paused) {}
