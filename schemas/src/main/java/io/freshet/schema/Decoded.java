package io.freshet.schema;

import io.freshet.schema.wire.RejectReason;
import io.freshet.schema.wire.WireFormat;

/** What became of a record's bytes. */
public sealed interface Decoded {
    /** A valid event. */
    record Accepted(BehaviourEvent event, WireFormat format) implements Decoded {}

    /**
     * A record that is not a valid event.
     *
     * @param reason class of failure, for metrics and headers
     * @param detail what was found and what to do, for a person; cut to what fits a header
     */
    record Rejected(RejectReason reason, String detail) implements Decoded {
        private static final int MAX_DETAIL = 500;

        public Rejected {
            if (detail.length() > MAX_DETAIL) {
                detail = detail.substring(0, MAX_DETAIL) + "…";
            }
        }
    }
}
