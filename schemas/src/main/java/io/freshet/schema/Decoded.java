package io.freshet.schema;

/** What became of a record's bytes. */
public sealed interface Decoded {
    /** A valid event. */
    record Accepted(BehaviourEvent event, WireFormat format) implements Decoded {}

    /**
     * A record that is not a valid event.
     *
     * @param reason class of failure, for metrics and headers
     * @param detail what was found and what to do, for a person
     */
    record Rejected(RejectReason reason, String detail) implements Decoded {}
}
