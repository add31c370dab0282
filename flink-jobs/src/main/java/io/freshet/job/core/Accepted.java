package io.freshet.job.core;

/** What a start may be told to accept, once, instead of refusing it; what was accepted is recorded in the state. */
public enum Accepted {
    /** Records that the log no longer has, between what was learned and its beginning now. */
    GAP,
    /** Another topic than the one that the state was learned from; its offsets begin again. */
    OTHER_TOPIC,
    /** A change feed to which another repository's learner has written a moment ago. */
    FOREIGN_FEED
}
