package io.freshet.verification.simulation;

/** The asynchronous part of a learner's checkpoint. It may outlive its learner, as threads of a task manager do. */
final class Upload implements Actor {
    private final World world;
    private final String name;
    private final Runnable done;
    private final Runnable failed;
    private final Fiber fiber;
    private boolean orphan;

    Upload(World world, String name, Runnable work, Runnable done, Runnable failed) {
        this.world = world;
        this.name = name;
        this.done = done;
        this.failed = failed;
        fiber = world.fibers().take();
        fiber.begin(work);
    }

    /** Nobody hears of it any more. */
    void orphan() {
        orphan = true;
    }

    boolean ended() {
        return !fiber.busy();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean ready() {
        return fiber.busy()
                && world.now() >= notBefore()
                && fiber.waiting().ready().getAsBoolean();
    }

    @Override
    public long notBefore() {
        return fiber.waiting().notBefore();
    }

    @Override
    public String waitsFor() {
        return fiber.waiting().what();
    }

    @Override
    public void step() {
        try {
            fiber.resume();
        } catch (RuntimeException e) {
            if (!orphan && !InjectedFault.causes(e)) {
                throw e;
            }
            world.trace(this, "fails: " + e.getMessage());
            if (!orphan) {
                failed.run();
            }
            return;
        }
        if (!fiber.busy() && !orphan) {
            done.run();
        }
    }

    void die() {
        world.fibers().give(fiber);
    }
}
