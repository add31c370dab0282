package io.freshet.verification.simulation;

import java.util.ArrayDeque;

/** Fibers for use again; owned by one thread. */
final class FiberPool implements AutoCloseable {
    private final ArrayDeque<Fiber> idle = new ArrayDeque<>();

    Fiber take() {
        return idle.isEmpty() ? new Fiber() : idle.pop();
    }

    void give(Fiber fiber) {
        fiber.kill();
        idle.push(fiber);
    }

    @Override
    public void close() {
        idle.forEach(Fiber::close);
        idle.clear();
    }
}
