package io.freshet.cli.options;

import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.jspecify.annotations.Nullable;

/** What the {@code freshet} command's exit code says; the same for all commands. */
public final class ExitCode {
    /** Done. */
    public static final int OK = 0;
    /** It was tried, and failed. */
    public static final int FAILED = 1;
    /** The command line or the configuration asks for what there is not. */
    public static final int USAGE = 2;
    /** The service is not ready, or not there. */
    public static final int NOT_READY = 3;
    /** The service or the broker does not let this client in. */
    public static final int AUTH = 4;
    /** No answer within the time that was given. */
    public static final int TIMEOUT = 5;
    /** Refused: overload, a quota, or something that must be confirmed or comes at the wrong moment. */
    public static final int REFUSED = 6;

    private ExitCode() {}

    /** The code of a failure. */
    public static int of(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = next(cause)) {
            if (cause instanceof UsageException) {
                return USAGE;
            }
            if (cause instanceof AuthenticationException || cause instanceof AuthorizationException) {
                return AUTH;
            }
        }
        return FAILED;
    }

    /** The outermost message, and the innermost, which says what really happened. */
    public static String explain(Throwable failure) {
        String outer = said(failure);
        String inner = rootMessage(failure);
        return outer.contains(inner) ? outer : outer + ": " + inner;
    }

    /** What the innermost cause says. */
    public static String rootMessage(Throwable failure) {
        Throwable root = failure;
        for (Throwable inner = next(root); inner != null; inner = next(root)) {
            root = inner;
        }
        return said(root);
    }

    private static String said(Throwable one) {
        return one.getMessage() == null ? one.getClass().getSimpleName() : one.getMessage();
    }

    private static @Nullable Throwable next(Throwable one) {
        return one.getCause() == one ? null : one.getCause();
    }
}
