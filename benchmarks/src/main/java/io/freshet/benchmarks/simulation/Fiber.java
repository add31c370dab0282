package io.freshet.benchmarks.simulation;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A thread that runs only while its owner waits for it: a routine that can stop in its middle. Owner and fiber hand one
 * baton to and fro, so exactly one of them runs at any time.
 */
final class Fiber {
    /** Unwinds a routine whose actor died. */
    static final class Killed extends IllegalStateException {
        private static final long serialVersionUID = 1;

        Killed() {
            super("the process died");
        }
    }

    private static final int SPINS = 200;

    private final Thread thread;
    private volatile boolean inside;
    private volatile boolean closed;
    private @Nullable Thread owner;
    private @Nullable Runnable body;
    private @Nullable RuntimeException failure;
    private boolean killed;

    Fiber() {
        thread = new Thread(this::loop, "simulated-learner");
        thread.setDaemon(true);
        thread.start();
    }

    /** Gives it a routine; nothing runs yet. */
    void begin(Runnable routine) {
        body = routine;
        killed = false;
        failure = null;
    }

    /** Whether a routine is under way. */
    boolean busy() {
        return body != null;
    }

    /** Runs the routine until it pauses or ends; throws what it threw. */
    void resume() {
        owner = Thread.currentThread();
        inside = true;
        LockSupport.unpark(thread);
        awaitTurn(false);
        RuntimeException thrown = failure;
        failure = null;
        if (thrown != null) {
            throw thrown;
        }
    }

    /** Called by the routine: lets the owner go on. */
    void pause() {
        handBack();
        awaitTurn(true);
        if (killed) {
            throw new Killed();
        }
    }

    /** Ends a routine that paused: it sees {@link Killed}. */
    void kill() {
        if (body == null) {
            return;
        }
        killed = true;
        try {
            resume();
        } catch (RuntimeException e) {
            // What a dying process says is heard by nobody.
            killed = true;
        }
    }

    private void handBack() {
        inside = false;
        LockSupport.unpark(owner);
    }

    private void awaitTurn(boolean mine) {
        for (int i = 0; inside != mine && i < SPINS; i++) {
            Thread.onSpinWait();
        }
        while (inside != mine && !closed) {
            LockSupport.park(this);
        }
    }

    private void loop() {
        while (!closed) {
            awaitTurn(true);
            Runnable routine = body;
            if (closed || routine == null) {
                return;
            }
            try {
                if (!killed) {
                    routine.run();
                }
            } catch (RuntimeException | Error e) {
                failure = e instanceof RuntimeException exception ? exception : new IllegalStateException(e);
            }
            body = null;
            handBack();
        }
    }

    /** Ends the thread; no routine may be under way. */
    void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
