package io.freshet.verification.faults.log;

/** What the log's writers are told while they write. */
public enum LogTurn {
    /** A partition was added: it is written from now on. */
    PARTITION_ADDED("a partition is added to the log"),
    /** The ending partition has no more records. */
    PARTITION_ENDS("the records of a partition stop"),
    /** A transactional producer dies in the middle of a transaction; its successor fences it. */
    PRODUCER_DIES("a transactional producer dies in the middle of a transaction, its successor fences it");

    private final String told;

    LogTurn(String told) {
        this.told = told;
    }

    /** In words. */
    public String told() {
        return told;
    }
}
