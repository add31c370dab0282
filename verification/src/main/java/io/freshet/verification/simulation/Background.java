package io.freshet.verification.simulation;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;

/** A learner's thread for what nobody waits for: one thing after the other, in the scheduler's time. */
final class Background implements Executor, Actor {
    private final World world;
    private final String name;
    private final Runnable afterwards;
    private final ArrayDeque<Runnable> due = new ArrayDeque<>();
    private final Fiber fiber;

    /** @param afterwards runs after every piece of work */
    Background(World world, String name, Runnable afterwards) {
        this.world = world;
        this.name = name;
        this.afterwards = afterwards;
        fiber = world.fibers().take();
    }

    @Override
    public void execute(Runnable work) {
        due.add(work);
    }

    boolean idle() {
        return due.isEmpty() && !fiber.busy();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean ready() {
        return fiber.busy()
                ? world.now() >= notBefore() && fiber.waiting().ready().getAsBoolean()
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

    void die() {
        world.fibers().give(fiber);
        due.clear();
    }
}
