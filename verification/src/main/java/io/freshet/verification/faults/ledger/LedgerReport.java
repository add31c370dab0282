package io.freshet.verification.faults.ledger;

/**
 * What a ledger found.
 *
 * @param written records that the writers say are in the log, heartbeats left out
 * @param missing of them that are not in the log
 * @param repeated records that are in it more than once, or out of place, or although their transaction was aborted
 * @param aborted records of aborted transactions
 * @param abortedApplied events that stand in aborted transactions only, and were applied
 * @param misplaced users with an event in another tick than the one that holds its offset
 * @param accepted events that had to be applied
 * @param duplicates events that stand in their user's history already
 * @param rejected records that are no events
 * @param applied accepted events that were applied exactly once
 * @param lost accepted events that were not applied
 * @param doubled applications beyond the first
 * @param outOfOrder events applied at another place of their user's sequence than the log's
 * @param invented applied events that the log does not have
 * @param ticks in the feed
 * @param resent ticks that came again
 * @param differing of them that were not the same
 * @param gaps ticks that do not follow the one before
 * @param wrongHistories users whose history in the final state is not the end of what the log has of them
 * @param deadLetters records in the dead letters, each counted once
 * @param notDead rejected records that are not among them
 * @param wronglyDead dead letters that were not to be rejected
 */
public record LedgerReport(
        long written,
        long missing,
        long repeated,
        long aborted,
        long abortedApplied,
        long misplaced,
        long accepted,
        long duplicates,
        long rejected,
        long applied,
        long lost,
        long doubled,
        long outOfOrder,
        long invented,
        long ticks,
        long resent,
        long differing,
        long gaps,
        long wrongHistories,
        long deadLetters,
        long notDead,
        long wronglyDead) {
    /** Whether the books balance. */
    public boolean balances() {
        long wrong = missing + repeated + lost + doubled + outOfOrder + invented + abortedApplied + misplaced;
        return wrong + differing + gaps + wrongHistories + notDead + wronglyDead == 0 && applied == accepted;
    }
}
