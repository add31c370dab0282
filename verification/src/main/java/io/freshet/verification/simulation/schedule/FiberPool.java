package io.freshet.verification.simulation.schedule;

import java.util.ArrayDeque;

/** Fibers for use again; owned by one thread. */
public final class FiberPool implements AutoCloseable {
    private final ArrayDeque<Fiber> idle = new ArrayDeque<>();

    public Fiber take() {
        return idle.isEmpty() ? new Fiber() : idle.pop();
    }

    public void give(Fiber fiber) {
        fiber.kill();
        idle.push(fiber);
    }

    @Override
    public void close() {
        idle.forEach(Fiber::close);
        idle.clear();
    }
}
