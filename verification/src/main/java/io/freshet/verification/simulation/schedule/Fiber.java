package io.freshet.verification.simulation.schedule;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A thread that runs only while its owner waits for it: a routine that can stop in its middle, where it would block.
 * Owner and fiber hand one baton to and fro, so exactly one of them runs at any time.
 */
public final class Fiber {
    /** Unwinds a routine whose process died; no code of the product catches it and goes on. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1;

        Killed() {
            super("the process died", null, false, false);
        }
    }

    /**
     * What a paused routine waits for.
     *
     * @param ready whether it can go on
     * @param notBefore time before which it does not
     * @param what for people
     */
    public record Wait(BooleanSupplier ready, long notBefore, String what) {}

    private static final class Carrier extends Thread {
        private final Fiber fiber;

        Carrier(Fiber fiber) {
            super(fiber::loop, "simulated-process");
            this.fiber = fiber;
            setDaemon(true);
        }
    }

    private static final int SPINS = 200;
    private static final Wait NOTHING = new Wait(() -> true, 0, "its turn");

    private final Carrier thread;
    private volatile boolean inside;
    private volatile boolean closed;
    private @Nullable Thread owner;
    private @Nullable Runnable body;
    private @Nullable Throwable failure;
    private Wait wait = NOTHING;
    private boolean killed;

    public Fiber() {
        thread = new Carrier(this);
        thread.start();
    }

    /** The fiber that calls; null outside of any. */
    public static @Nullable Fiber current() {
        return Thread.currentThread() instanceof Carrier carrier ? carrier.fiber : null;
    }

    /** Gives it a routine; nothing runs yet. */
    public void begin(Runnable routine) {
        body = routine;
        killed = false;
        failure = null;
        wait = NOTHING;
    }

    /** Whether a routine is under way. */
    public boolean busy() {
        return body != null;
    }

    /** What the routine that is under way waits for. */
    public Wait waiting() {
        return wait;
    }

    /** Runs the routine until it pauses or ends; throws what it threw. */
    public void resume() {
        owner = Thread.currentThread();
        inside = true;
        LockSupport.unpark(thread);
        awaitTurn(false);
        Throwable thrown = failure;
        failure = null;
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
        if (thrown instanceof Error error) {
            throw error;
        }
    }

    /** Called by the routine: lets the owner go on until there is what it waits for. */
    public void pause(Wait until) {
        requireAlive();
        wait = until;
        inside = false;
        LockSupport.unpark(owner);
        awaitTurn(true);
        wait = NOTHING;
        requireAlive();
    }

    /** A process that died does nothing any more. */
    public void requireAlive() {
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
        } catch (RuntimeException | Error e) {
            // What a dying process says is heard by nobody.
            killed = true;
        }
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
                failure = e;
            }
            body = null;
            inside = false;
            LockSupport.unpark(owner);
        }
    }

    /** Ends the thread; no routine may be under way. */
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
