package io.freshet.cli;

/** The command line, or the configuration, asks for what there is not; the exit code is 2. */
final class UsageException extends IllegalArgumentException {
    UsageException(String message) {
        super(message);
    }

    UsageException(String message, Throwable cause) {
        super(message, cause);
    }
}
