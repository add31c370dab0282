package io.freshet.job.core;

/** Something that a restart meets again: somebody has to change the state, the log or the configuration first. */
public final class PermanentFailure extends IllegalStateException {
    private static final long serialVersionUID = 1;

    /** @param message what was found, where, and what to do */
    public PermanentFailure(String message) {
        super(message);
    }

    /**
     * The same, with its cause.
     *
     * @param message what was found, where, and what to do
     */
    public PermanentFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
