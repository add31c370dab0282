package io.freshet.verification.faults.log;

/**
 * What a log's partitions are for, by number: the punctual ones first, with heartbeats and timestamps that are right;
 * then one whose timestamps wander, one that is written in transactions, one whose records stop in the middle, one that
 * never has a record, and one that is added while the job runs.
 *
 * @param punctual number of punctual partitions, at least 2; the last of them is almost idle
 */
public record LogLayout(int punctual) {
    public LogLayout {
        if (punctual < 2) {
            throw new IllegalArgumentException(punctual + " punctual partitions: expected at least 2");
        }
    }

    /** Timestamps: one 55 minutes ahead, later all most of a day behind. No heartbeats. */
    public int wandering() {
        return punctual;
    }

    /** Written by transactional producers only. */
    public int transactional() {
        return punctual + 1;
    }

    /** Its records stop, and nobody says so. */
    int ending() {
        return punctual + 2;
    }

    int silent() {
        return punctual + 3;
    }

    int added() {
        return punctual + 4;
    }

    /** Partitions when the log begins. */
    public int atFirst() {
        return punctual + 4;
    }

    /** Partitions when one was added. */
    public int atLast() {
        return punctual + 5;
    }

    public boolean isPunctual(int partition) {
        return partition < punctual;
    }
}
