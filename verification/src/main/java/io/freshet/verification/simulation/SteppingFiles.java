package io.freshet.verification.simulation;

import io.freshet.store.snapshot.SnapshotFiles;
import io.freshet.verification.simulation.schedule.Fault;
import io.freshet.verification.simulation.schedule.Fiber;
import io.freshet.verification.simulation.schedule.InjectedFault;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.OptionalLong;

/**
 * The repository's files, on which every operation is a step: before it others may go on, the process may die, the
 * operation may fail or take very long.
 */
final class SteppingFiles implements SnapshotFiles {
    private static final long HANG = 4_000;

    private final World world;
    private final SnapshotFiles files;
    /** One in so many operations lets others go on before it. */
    private final int grain;

    SteppingFiles(World world, SnapshotFiles files, int grain) {
        this.world = world;
        this.files = files;
        this.grain = grain;
    }

    private void step(String what, String name) throws IOException {
        Fiber fiber = Fiber.current();
        if (fiber == null) {
            return;
        }
        fiber.requireAlive();
        if (world.takes(Fault.Kind.REPOSITORY_HANGS)) {
            long until = world.now() + HANG;
            fiber.pause(new Fiber.Wait(() -> world.now() >= until, until, "the repository to " + what + " " + name));
        } else if (world.random().nextInt(grain) == 0) {
            fiber.pause(new Fiber.Wait(() -> true, 0, "its turn to " + what + " " + name));
        }
        if (world.takes(Fault.Kind.REPOSITORY_FAILS)) {
            throw new InjectedFault("the repository does not " + what + " " + name);
        }
    }

    @Override
    public List<String> list(String directory) throws IOException {
        step("list", directory);
        return files.list(directory);
    }

    @Override
    public InputStream open(String name) throws IOException {
        step("read", name);
        return files.open(name);
    }

    @Override
    public OptionalLong size(String name) throws IOException {
        step("look for", name);
        return files.size(name);
    }

    @Override
    public void publish(String name, InputStream content) throws IOException {
        step("write", name);
        files.publish(name, content);
        world.invariants().published(name);
    }

    @Override
    public boolean claim(String name) throws IOException {
        step("claim", name);
        return files.claim(name);
    }

    @Override
    public boolean delete(String name) throws IOException {
        step("delete", name);
        boolean deleted = files.delete(name);
        world.invariants().deleted(name);
        return deleted;
    }

    @Override
    public String address() {
        return files.address();
    }
}
