package io.freshet.job.records;

/** What happens to records that are not valid events. Whatever it is, they are counted. */
public enum BadRecords {
    /** They go to the dead-letter topic; too many of them stop the job. */
    DLQ,
    /** The first one stops the job. */
    FAIL,
    /** They are left out. */
    SKIP
}
