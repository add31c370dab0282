package io.freshet.dataset;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The data sets that can be read, by name; files may be plain or {@code .gz}. */
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

    private Datasets() {}

    /**
     * Opens a data set.
     *
     * @param path file in the official format; null for what needs none (online-retail ships, the simulator makes its
     *     own)
     * @throws IllegalArgumentException if the name is unknown, or a path is needed
     */
    public static EventStream open(String name, @Nullable Path path) {
        if (path == null) {
            return switch (name) {
                case "online-retail" ->
                    new LineStream(Lines.resource("online_retail.csv.gz"), 1, ShopFormats::onlineRetail);
                case "simulator" -> new BehaviourSimulator(BehaviourSimulator.Settings.small(1));
                default ->
                    throw new IllegalArgumentException(
                            NAMES.contains(name)
                                    ? "data set " + name + " does not ship with Freshet; give its file with --path"
                                    : unknown(name));
            };
        }
        return switch (name) {
            case "online-retail" -> lines(path, 1, ShopFormats::onlineRetail);
            case "globo" -> lines(path, 1, NewsFormats::globo);
            case "yoochoose" -> sorted(path, 0, SessionFormats::yoochoose);
            case "yoochoose-100k" -> sorted(path, 1, SessionFormats::yoochoose100k);
            case "yoochoose-ader" -> periods(path);
            case "ml-100k" -> titled(path, 0, RatingFormats::movieLens100k, movieLens100kTitles(path));
            case "ml-1m" ->
                titled(path, 0, RatingFormats::movieLens1m, Lines.titlesBeside(path, "movies.dat", "::", 1));
            case "ml-1m-sequences" ->
                titled(path, 0, RatingFormats::sequences, Lines.titlesBeside(path, "movies.dat", "::", 1));
            case "ml-20m", "ml-latest-small" ->
                titled(path, 1, RatingFormats.movieLensCsv(name), Lines.titlesBeside(path, "movies.csv", null, 1));
            case "amazon" -> sorted(path, 0, RatingFormats.pairs(name));
            case "taobao" -> sorted(path, 0, ShopFormats::taobao);
            case "retailrocket" -> sorted(path, 1, ShopFormats::retailRocket);
            case "mind" -> titled(path, 0, NewsFormats::mind, Lines.titlesBeside(path, "news.tsv", "\t", 3));
            case "open-bandit" -> sorted(path, 1, SessionFormats::openBandit);
            case "kuairand" -> sorted(path, 1, SessionFormats::kuaiRand);
            default -> throw new IllegalArgumentException(unknown(name));
        };
    }

    private static String unknown(String name) {
        return "unknown data set " + name + "; known are " + NAMES;
    }

    private static Map<String, String> movieLens100kTitles(Path path) {
        Map<String, String> titles = Lines.titlesBeside(path, "u.item", "\\|", 1);
        return titles.isEmpty() ? Lines.titlesBeside(path, "ml-100k.item", "\t", 1) : titles;
    }

    private static EventStream lines(Path path, int header, LineStream.LineParser parser) {
        return new LineStream(Lines.read(path), header, parser);
    }

    private static EventStream sorted(Path path, int header, LineStream.LineParser parser) {
        return new SortedStream(lines(path, header, parser));
    }

    private static EventStream titled(Path path, int header, LineStream.LineParser parser, Map<String, String> titles) {
        return new SortedStream(new LineStream(Lines.read(path), header, parser, titles));
    }

    /** One file of a period, or a directory with all of them. */
    private static EventStream periods(Path path) {
        try (Stream<Path> files = Files.isDirectory(path) ? Files.list(path) : Stream.of(path)) {
            List<Supplier<EventStream>> periods = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                Matcher name = PERIOD.matcher(file.getFileName().toString());
                if (name.matches()) {
                    int period = Integer.parseInt(name.group(1));
                    periods.add(() -> lines(file, 0, SessionFormats.ader(period)));
                }
            }
            if (periods.isEmpty()) {
                throw new IllegalArgumentException(path + " has no files period_NN.txt or period_NN.txt.gz");
            }
            return new ChainedStream(periods);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + path, e);
        }
    }
}
