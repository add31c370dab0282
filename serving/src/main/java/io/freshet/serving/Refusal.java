package io.freshet.serving;

/** A query that is not answered, and why. */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Kinds of refusals; the gRPC status comes from the kind. */
    public enum Code {
        /** The query is wrong; the message names the field and the limit. */
        INVALID,
        /** Too many queries wait. */
        OVERLOADED,
        /** No state is loaded yet. */
        NOT_READY,
        /** The state is older than the query demands. */
        NOT_FRESH,
        /** The query's time was over before its turn. */
        TOO_LATE,
        /** A fault of ours. */
        INTERNAL
    }

    private final Code code;

    public Refusal(Code code, String message) {
        super(message);
        this.code = code;
    }

    /** What kind of refusal it is. */
    public Code code() {
        return code;
    }
}
