package io.freshet.cli.data;

import io.freshet.cli.options.PortOption;
import io.freshet.cli.options.UsageException;
import io.freshet.local.EmbeddedBroker;
import io.freshet.local.EmbeddedBroker.Listener;
import io.freshet.local.StopSignal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
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

    private static final Duration STOP_PATIENCE = Duration.ofSeconds(30);

    @Option(
            names = "--dir",
            required = true,
            showDefaultValue = Visibility.NEVER,
            description = "its log directory; formatted if it is new")
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
        PortOption.require("--port", port);
        List<Listener> more = new ArrayList<>();
        for (String one : listeners) {
            more.add(listener(one));
        }
        try (StopSignal stop = new StopSignal(STOP_PATIENCE);
                EmbeddedBroker broker = EmbeddedBroker.start(directory.toAbsolutePath(), port, more, SESSION_MILLIS)) {
            System.out.println("broker on " + broker.bootstrapServers() + ", log in " + directory);
            stop.await();
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
        int own = Integer.parseInt(parts[1]);
        int advertised = Integer.parseInt(parts[2]);
        PortOption.require("--listener", own);
        PortOption.require("--listener", advertised);
        return new Listener(parts[0], own, advertised);
    }
}
