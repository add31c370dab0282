package io.freshet.store.feed;

/** A frame that no learner can have sent, whatever its state; it is dropped and counted, and nothing else changes. */
public final class HostileFrame extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    HostileFrame(String message) {
        super(message);
    }

    HostileFrame(String message, Throwable cause) {
        super(message, cause);
    }
}
