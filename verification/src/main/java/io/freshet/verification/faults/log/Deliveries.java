package io.freshet.verification.faults.log;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What became of the records that writers sent, in a file with a line for each. */
public final class Deliveries implements AutoCloseable {
    /** How a record's sending ended. */
    public enum Fate {
        /** The broker has it, and its transaction, if there is one. */
        COMMITTED,
        /** Its transaction was aborted. */
        ABORTED,
        /** Its transaction's end was not heard of. */
        UNKNOWN
    }

    /**
     * A record.
     *
     * @param number the writer's number; -1 for a heartbeat
     * @param offset where the broker put it; -1 where that was not heard of
     * @param sentMillis wall clock before it was given to the producer
     * @param ackedMillis wall clock when the broker had it; -1 where that was not heard of
     */
    public record Delivery(long number, int partition, long offset, long sentMillis, long ackedMillis, Fate fate) {
        private String line() {
            return String.format(
                    Locale.ROOT, "%d %d %d %d %d %s%n", number, partition, offset, sentMillis, ackedMillis, fate);
        }

        private static Delivery of(String line) {
            String[] fields = line.split(" ");
            return new Delivery(
                    Long.parseLong(fields[0]),
                    Integer.parseInt(fields[1]),
                    Long.parseLong(fields[2]),
                    Long.parseLong(fields[3]),
                    Long.parseLong(fields[4]),
                    Fate.valueOf(fields[5]));
        }
    }

    private final BufferedWriter out;

    /** A new file. */
    public Deliveries(Path file) throws IOException {
        out = Files.newBufferedWriter(file);
    }

    public synchronized void add(Delivery delivery) {
        try {
            out.write(delivery.line());
        } catch (IOException e) {
            throw new UncheckedIOException("a delivery cannot be kept", e);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        out.close();
    }

    /** All lines of a file. */
    public static List<Delivery> read(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(Delivery::of).toList();
        }
    }
}
