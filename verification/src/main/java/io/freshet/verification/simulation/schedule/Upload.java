package io.freshet.verification.simulation.schedule;

/** The asynchronous part of a learner's checkpoint. It may outlive its learner, as threads of a task manager do. */
public final class Upload implements Actor {
    private final Environment environment;
    private final String name;
    private final Runnable done;
    private final Runnable failed;
    private final Fiber fiber;
    private boolean orphan;

    public Upload(Environment environment, String name, Runnable work, Runnable done, Runnable failed) {
        this.environment = environment;
        this.name = name;
        this.done = done;
        this.failed = failed;
        fiber = environment.fibers().take();
        fiber.begin(work);
    }

    /** Nobody hears of it any more. */
    public void orphan() {
        orphan = true;
    }

    public boolean ended() {
        return !fiber.busy();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean ready() {
        return fiber.busy()
                && environment.now() >= notBefore()
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
            environment.trace(this, "fails: " + e.getMessage());
            if (!orphan) {
                failed.run();
            }
            return;
        }
        if (!fiber.busy() && !orphan) {
            done.run();
        }
    }

    public void die() {
        environment.fibers().give(fiber);
    }
}
