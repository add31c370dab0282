package io.freshet.endtoend.field;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Looks again and again until what it looks at is as wanted; ends at a deadline, and says what was last seen. */
final class Waiting {
    /** Seconds of a wait at most, unless it says otherwise; {@code freshet.field.patience} on a slow machine. */
    static final int PATIENCE = Integer.getInteger("freshet.field.patience", 30);

    private final String what;
    private final int seconds;
    private Supplier<String> story = () -> "";
    private BooleanSupplier hopeless = () -> false;

    private Waiting(String what, int seconds) {
        this.what = what;
        this.seconds = seconds;
    }

    /** @param what completes the sentence "waited in vain for ..." */
    static Waiting of(String what) {
        return new Waiting(what, PATIENCE);
    }

    static Waiting of(String what, int seconds) {
        return new Waiting(what, seconds);
    }

    /** A failure tells what this command printed. */
    Waiting on(FieldCommand command) {
        story = command::story;
        return this;
    }

    /** A failure tells what this command printed, and comes at once if it has ended. */
    Waiting whileRuns(FieldCommand command) {
        hopeless = () -> !command.isAlive();
        return on(command);
    }

    /** What was seen last, once it is as wanted. */
    <T> T until(Callable<T> look, Predicate<? super T> enough) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        String last;
        boolean over;
        do {
            // Asked before the look, so that what an ended command left behind is still seen.
            over = hopeless.getAsBoolean() || System.nanoTime() > deadline;
            try {
                T seen = look.call();
                if (enough.test(seen)) {
                    return seen;
                }
                last = String.valueOf(seen);
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                last = e.toString();
            }
            TimeUnit.MILLISECONDS.sleep(100);
        } while (!over);
        throw new AssertionError(
                "waited in vain for " + what + " (" + seconds + " s at most)\nlast seen: " + last + "\n" + story.get());
    }
}
