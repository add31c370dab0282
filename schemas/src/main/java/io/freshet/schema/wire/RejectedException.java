package io.freshet.schema.wire;

/** A record's bytes are not what they should be; the record belongs in the dead letters, under the reason. */
public final class RejectedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final RejectReason reason;

    /** Without a stack trace: bad input must not cost more than good input. */
    public RejectedException(RejectReason reason, String detail) {
        super(detail, null, false, false);
        this.reason = reason;
    }

    /** Class of failure. */
    public RejectReason reason() {
        return reason;
    }
}
