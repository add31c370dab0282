package io.freshet.verification.faults.ledger;

/**
 * What a cut check found.
 *
 * @param events accepted events that were looked at
 * @param uncut records that no published tick holds
 * @param backwards times that a tick ends before the one before it, in some partition
 * @param early events in a tick before the one that their timestamps say
 * @param late events of punctual partitions in a tick behind the one that their timestamps say, which is right where
 *     the others did not wait
 * @param provable events of punctual partitions that came so early in a steady log that nobody can have passed their
 *     tick
 * @param wrong provable events that have another tick all the same
 */
public record CutReport(long events, long uncut, long backwards, long early, long late, long provable, long wrong) {
    /** Whether the log may be cut that way. */
    public boolean isLegal() {
        return uncut + backwards + early + wrong == 0;
    }
}
