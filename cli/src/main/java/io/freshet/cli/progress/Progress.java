package io.freshet.cli.progress;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The lines of a command at work: one at most and at least in every five seconds, and each problem when it is first
 * seen; the same problem again is only counted. May be called from any thread.
 */
public final class Progress {
    /** Time between two lines. */
    public static final long EVERY_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Different problems that are told apart; a stream of new ones must not fill the memory. */
    private static final int MOST_PROBLEMS = 1000;

    private final Consumer<String> out;
    private final LongSupplier nanos;
    private final Map<String, Long> problems = new LinkedHashMap<>();
    private long last;
    private long untold;

    /**
     * Begins now: the first line is due in five seconds.
     *
     * @param out takes the lines
     * @param nanos a clock that only goes forward, ns
     */
    public Progress(Consumer<String> out, LongSupplier nanos) {
        this.out = out;
        this.nanos = nanos;
        last = nanos.getAsLong();
    }

    /** On a stream, by the machine's clock. */
    public static Progress on(PrintStream stream) {
        return new Progress(stream::println, System::nanoTime);
    }

    /** Whether a line is due. */
    public synchronized boolean isDue() {
        return nanos.getAsLong() - last >= EVERY_NANOS;
    }

    /** Prints a line if one is due. */
    public synchronized void offer(Supplier<String> line) {
        if (isDue()) {
            last = nanos.getAsLong();
            out.accept(line.get());
        }
    }

    /** Prints a line that does not wait, and moves the next regular one. */
    public synchronized void say(String line) {
        last = nanos.getAsLong();
        out.accept(line);
    }

    /**
     * A problem was seen: printed if it is new.
     *
     * @param text what it is, the same for the same problem
     * @return how often it has been seen
     */
    public long problem(String text) {
        return problem(text, text);
    }

    /**
     * The same where the first sight has more to say than the problem itself.
     *
     * @param key the same for the same problem
     * @param text what is printed if it is new
     */
    public synchronized long problem(String key, String text) {
        if (!problems.containsKey(key) && problems.size() >= MOST_PROBLEMS) {
            untold++;
            return 1;
        }
        long count = problems.merge(key, 1L, Long::sum);
        if (count == 1) {
            out.accept(text);
        }
        return count;
    }

    /** How often a problem has been seen. */
    public synchronized long seen(String key) {
        return problems.getOrDefault(key, 0L);
    }

    /** Problems that were not told, since there were too many different ones. */
    public synchronized long untold() {
        return untold;
    }
}
