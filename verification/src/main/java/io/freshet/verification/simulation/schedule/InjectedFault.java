package io.freshet.verification.simulation.schedule;

import java.io.IOException;

/** A failure that a schedule planned: what it ends may end. */
public final class InjectedFault extends IOException {
    private static final long serialVersionUID = 1;

    public InjectedFault(String what) {
        super(what);
    }

    /** Whether a failure goes back to a planned one. */
    public static boolean causes(Throwable failure) {
        for (Throwable one = failure; one != null; one = one.getCause()) {
            if (one instanceof InjectedFault) {
                return true;
            }
        }
        return false;
    }
}
