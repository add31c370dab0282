package io.freshet.serving;

/** Why an answer may be worse than usual. */
public enum Degradation {
    /** Nothing is known of the subject: the answer rests on popularity. */
    COLD_SUBJECT,
    /** The state is older than the limit, or than what the query asked for. */
    STALE_STATE,
    /** Not everything that was asked for could be answered. */
    PARTIAL,
    /** Nothing was learned yet. */
    FALLBACK_POPULARITY,
    /** Seen items were left out, but the subject's history may be longer than what is stored of it. */
    SEEN_HORIZON
}
