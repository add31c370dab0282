package io.freshet.cli.data;

import io.freshet.cli.options.UsageException;
import io.freshet.local.EmbeddedBroker;
import io.freshet.local.EmbeddedBroker.Listener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** A broker in a process of its own, until stopped. */
@Command(
        name = "broker",
        description = "Runs a Kafka broker of one node on loopback, for trials; goes on with what is in its directory.",
        mixinStandardHelpOptions = true,
        footer = "Example: freshet broker --dir ./kafka --port 9092")
public final class BrokerCommand implements Callable<Integer> {
    /** Short: a broker that was killed is back this long after its next start. */
    private static final int SESSION_MILLIS = 4_000;

    @Option(names = "--dir", required = true, description = "its log directory; formatted if it is new")
    private Path directory = Path.of(".");

    @Option(names = "--port", defaultValue = "9092", description = "port to listen on; 0 for any free one")
    private int port;

    @Option(
            names = "--listener",
            showDefaultValue = Visibility.NEVER,
            paramLabel = "NAME:PORT:ADVERTISED",
            description = "one more port, and the port that its clients are told to use instead, such as a proxy's")
    private List<String> listeners = List.of();

    @Override
    public Integer call() throws Exception {
        List<Listener> more = new ArrayList<>();
        for (String one : listeners) {
            more.add(listener(one));
        }
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.toAbsolutePath(), port, more, SESSION_MILLIS)) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                stop.countDown();
                try {
                    // The broker is closed by the main thread; the process must not end before.
                    boolean unused = stopped.await(30, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
            System.out.println("broker on " + broker.bootstrapServers() + ", log in " + directory);
            stop.await();
        } finally {
            stopped.countDown();
        }
        return 0;
    }

    private static Listener listener(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length != 3
                || !parts[0].matches("[A-Z][A-Z0-9]*")
                || !parts[1].matches("[0-9]{1,5}")
                || !parts[2].matches("[0-9]{1,5}")) {
            throw new UsageException(
                    "--listener " + text + ": expected NAME:PORT:ADVERTISED, such as PROXIED:9093:9193");
        }
        return new Listener(parts[0], Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
    }
}
