package io.freshet.schema.wire;

import java.util.Locale;

/** Why a record was not accepted. */
public enum RejectReason {
    NULL_VALUE,
    UNKNOWN_FORMAT,
    UNKNOWN_SCHEMA,
    MALFORMED,
    INVALID_ID,
    INVALID_VALUE,
    INVALID_TIME;

    /** Stable name for headers and metrics: {@code invalid-id}. */
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
