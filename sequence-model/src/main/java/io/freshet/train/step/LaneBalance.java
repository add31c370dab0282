package io.freshet.train.step;

/**
 * How evenly the lanes' work was spread over learners and their threads since the learner was opened, by tokens.
 *
 * @param tokens tokens of all lanes
 * @param bytesGiven bytes that this learner gave to others
 * @param idleByOwner share of the threads' time that would be idle if every lane were computed by its owner
 * @param idle the same as lanes are dealt out
 */
public record LaneBalance(long tokens, long bytesGiven, double idleByOwner, double idle) {}
