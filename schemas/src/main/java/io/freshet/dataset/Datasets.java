package io.freshet.dataset;

import io.freshet.dataset.Lines.TitleFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The data sets that can be read, by name; files may be plain, {@code .gz}, or alone in a {@code .zip}. */
public final class Datasets {
    /** Names for {@link #open}. */
    public static final List<String> NAMES = List.of(
            "online-retail",
            "globo",
            "yoochoose",
            "yoochoose-100k",
            "yoochoose-ader",
            "ml-100k",
            "ml-1m",
            "ml-1m-sequences",
            "ml-20m",
            "ml-latest-small",
            "amazon",
            "taobao",
            "retailrocket",
            "mind",
            "open-bandit",
            "kuairand",
            "simulator");

    private static final Pattern PERIOD = Pattern.compile("period_([0-9]+)\\.txt(\\.gz)?");

    // The old MovieLens files are Latin-1, in which every byte is a character.
    private static final TitleFile MOVIES_DAT = new TitleFile("movies.dat", "::", 1, StandardCharsets.ISO_8859_1);
    private static final TitleFile U_ITEM = new TitleFile("u.item", "\\|", 1, StandardCharsets.ISO_8859_1);
    private static final TitleFile RECBOLE_ITEM = new TitleFile("ml-100k.item", "\t", 1, StandardCharsets.UTF_8);
    private static final TitleFile MOVIES_CSV = new TitleFile("movies.csv", null, 1, StandardCharsets.UTF_8);
    private static final TitleFile NEWS_TSV = new TitleFile("news.tsv", "\t", 3, StandardCharsets.UTF_8);

    private final Path path;
    private final Consumer<String> notes;

    private Datasets(Path path, Consumer<String> notes) {
        this.path = path;
        this.notes = notes;
    }

    /** The same, for callers that have no place for notes. */
    public static EventStream open(String name, @Nullable Path path) {
        return open(name, path, note -> {});
    }

    /**
     * Opens a data set.
     *
     * @param path file in the official format; null for what needs none (online-retail ships, the simulator makes its
     *     own)
     * @param notes hears what is no failure and should be known: a large data set that is held in memory, titles that
     *     cannot be read
     * @throws IllegalArgumentException if the name is unknown, or a path is needed
     * @throws DataFileException if the file is not there, not of this format, or has no event that can be read
     */
    public static EventStream open(String name, @Nullable Path path, Consumer<String> notes) {
        if (path != null) {
            return new Datasets(path, notes).open(name);
        }
        return switch (name) {
            case "online-retail" ->
                new LineStream(
                        "online-retail", Lines.resource("online_retail.csv.gz"), ShopFormats.onlineRetail(), Map.of());
            case "simulator" -> new BehaviourSimulator(BehaviourSimulator.Settings.small(1));
            default ->
                throw new IllegalArgumentException(
                        NAMES.contains(name)
                                ? "data set " + name + " does not ship with Freshet; give its file with --path"
                                : unknown(name));
        };
    }

    private EventStream open(String name) {
        return switch (name) {
            case "online-retail" -> lines(ShopFormats.onlineRetail());
            case "globo" -> lines(NewsFormats.globo());
            case "yoochoose" -> sorted(SessionFormats.yoochoose());
            case "yoochoose-100k" -> sorted(SessionFormats.yoochoose100k());
            case "yoochoose-ader" -> periods();
            case "ml-100k" -> titled(RatingFormats.movieLens100k(), movieLens100kTitles());
            case "ml-1m" -> titled(RatingFormats.movieLens1m(), titles(MOVIES_DAT));
            case "ml-1m-sequences" -> titled(RatingFormats.sequences(), titles(MOVIES_DAT));
            case "ml-20m", "ml-latest-small" -> titled(RatingFormats.movieLensCsv(name), titles(MOVIES_CSV));
            case "amazon" -> sorted(RatingFormats.pairs(name));
            case "taobao" -> sorted(ShopFormats.taobao());
            case "retailrocket" -> sorted(ShopFormats.retailRocket());
            case "mind" -> titled(NewsFormats.mind(), titles(NEWS_TSV));
            case "open-bandit" -> sorted(SessionFormats.openBandit());
            case "kuairand" -> sorted(SessionFormats.kuaiRand());
            case "simulator" ->
                throw new IllegalArgumentException("the simulator makes its own data; leave --path out");
            default -> throw new IllegalArgumentException(unknown(name));
        };
    }

    private static String unknown(String name) {
        return "unknown data set " + name + "; known are " + NAMES;
    }

    private Map<String, String> titles(TitleFile file) {
        return Lines.titlesBeside(path, file, notes);
    }

    private Map<String, String> movieLens100kTitles() {
        Map<String, String> titles = titles(U_ITEM);
        return titles.isEmpty() ? titles(RECBOLE_ITEM) : titles;
    }

    private static LineStream lines(Path file, Table table, Map<String, String> titles) {
        return new LineStream(file.toString(), Lines.read(file), table, titles);
    }

    private EventStream lines(Table table) {
        return lines(path, table, Map.of());
    }

    private EventStream sorted(Table table) {
        return titled(table, Map.of());
    }

    private EventStream titled(Table table, Map<String, String> titles) {
        return new SortedStream(lines(path, table, titles), notes);
    }

    /** One file of a period, or a directory with all of them. */
    private EventStream periods() {
        try (Stream<Path> files = Files.isDirectory(path) ? Files.list(path) : Stream.of(path)) {
            List<Supplier<EventStream>> periods = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                Matcher name = PERIOD.matcher(file.getFileName().toString());
                if (name.matches()) {
                    int period = Integer.parseInt(name.group(1));
                    periods.add(() -> lines(file, SessionFormats.ader(period), Map.of()));
                }
            }
            if (periods.isEmpty()) {
                throw new DataFileException(path + " has no files period_NN.txt or period_NN.txt.gz");
            }
            return new ChainedStream(periods);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + path, e);
        }
    }
}
