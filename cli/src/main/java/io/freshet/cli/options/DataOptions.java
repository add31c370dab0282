package io.freshet.cli.options;

import io.freshet.dataset.Datasets;
import io.freshet.dataset.EventStream;
import io.freshet.dataset.EventStream.Extent;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which data set a command reads. */
public final class DataOptions {
    @Option(
            names = "--dataset",
            defaultValue = "online-retail",
            description = "name of the data set, as in docs/data-sets.md; online-retail ships with Freshet")
    private String dataset = "";

    @Option(names = "--path", description = "its file: plain, .gz, or alone in a .zip; for some a directory")
    private @Nullable Path path;

    public String name() {
        return dataset;
    }

    /**
     * Opens it.
     *
     * @param notes hears what should be known
     * @throws UsageException if there is no such data set, or it needs a file
     */
    public EventStream open(Consumer<String> notes) {
        try {
            return Datasets.open(dataset, path, notes);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * How far the data reach. A stream from a file that does not know it is read once before: it may be newer than the
     * usual beginning of a log's clock. The data set that ships is older.
     *
     * @param most events that count
     */
    public Optional<Extent> extent(EventStream stream, long most) {
        if (stream.extent().isPresent() || path == null || most == 0) {
            return stream.extent();
        }
        long count = 0;
        long newest = Long.MIN_VALUE;
        try (EventStream before = open(note -> {})) {
            for (; count < most && before.hasNext(); count++) {
                newest = Math.max(newest, before.next().eventTimeMillis());
            }
        }
        return Optional.of(new Extent(count, newest));
    }
}
