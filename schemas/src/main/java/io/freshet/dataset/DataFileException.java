package io.freshet.dataset;

/** A file that is not what its data set's name says, or holds nothing that can be read; the message says what to do. */
public final class DataFileException extends IllegalStateException {
    DataFileException(String message) {
        super(message);
    }

    DataFileException(String message, Throwable cause) {
        super(message, cause);
    }
}
