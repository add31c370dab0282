package io.freshet.cli.options;

/** The command line, or the configuration, asks for what there is not; the exit code is 2. */
public final class UsageException extends IllegalArgumentException {
    public UsageException(String message) {
        super(message);
    }

    public UsageException(String message, Throwable cause) {
        super(message, cause);
    }
}
