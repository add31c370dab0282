package io.freshet.verification.simulation.schedule;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;

/** A learner's thread for what nobody waits for: one thing after the other, in the scheduler's time. */
public final class Background implements Executor, Actor {
    private final Environment environment;
    private final String name;
    private final Runnable afterwards;
    private final ArrayDeque<Runnable> due = new ArrayDeque<>();
    private final Fiber fiber;

    /** @param afterwards runs after every piece of work */
    public Background(Environment environment, String name, Runnable afterwards) {
        this.environment = environment;
        this.name = name;
        this.afterwards = afterwards;
        fiber = environment.fibers().take();
    }

    @Override
    public void execute(Runnable work) {
        due.add(work);
    }

    public boolean idle() {
        return due.isEmpty() && !fiber.busy();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean ready() {
        return fiber.busy()
                ? environment.now() >= notBefore() && fiber.waiting().ready().getAsBoolean()
                : !due.isEmpty();
    }

    @Override
    public long notBefore() {
        return fiber.busy() ? fiber.waiting().notBefore() : 0;
    }

    @Override
    public String waitsFor() {
        return fiber.busy() ? fiber.waiting().what() : "work";
    }

    @Override
    public void step() {
        if (!fiber.busy()) {
            Runnable work = due.remove();
            fiber.begin(() -> {
                work.run();
                afterwards.run();
            });
        }
        fiber.resume();
    }

    public void die() {
        environment.fibers().give(fiber);
        due.clear();
    }
}
