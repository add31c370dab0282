package io.freshet.job.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.freshet.job.clock.ClockConfig;
import io.freshet.job.core.Accepted;
import io.freshet.job.records.BadRecords;
import io.freshet.kernel.Precision;
import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.model.items.ItemScan;
import io.freshet.train.LearnerConfig;
import io.freshet.train.exchange.Compression;
import io.freshet.train.step.OptimizerConfig;
import io.freshet.train.step.SoftmaxConfig;
import io.freshet.train.step.SoftmaxConfig.BiasSet;
import io.freshet.train.step.TrainingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The configuration from its sources: flag, then environment ({@code FRESHET__TICK__LENGTH}), then file (YAML, root
 * {@code freshet:}), then default. An unknown key is an error. {@code ${env:X}} and {@code ${file:/path}} stand for
 * secrets, which are never printed.
 */
public final class JobConfigFile {
    private static final String ENVIRONMENT = "FRESHET__";
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file):([^}]+)}");
    private static final Pattern AMOUNT = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*(ms|s|min|h)");
    /** Most columns of a line of the reference page. */
    private static final int COLUMNS = 120;

    private static final Pattern SECRET = Pattern.compile("password|secret|jaas|token|credential");

    /**
     * A value and where it comes from.
     *
     * @param key dotted key
     * @param value as written; references are not resolved
     * @param origin flag, environment, the file's name, or default
     */
    public record Setting(String key, String value, String origin) {
        /** The value for people: masked if it is, or may hold, a secret. */
        public String shown() {
            boolean secret = REFERENCE.matcher(value).find()
                    || SECRET.matcher(key.toLowerCase(Locale.ROOT)).find();
            return secret ? "********" : value;
        }
    }

    private final Map<String, Setting> settings = new TreeMap<>();
    private final Map<String, String> environment;

    private JobConfigFile(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * Reads all sources.
     *
     * @param file YAML file; null for none
     * @param environment environment variables
     * @param flags dotted keys given on the command line
     * @throws IllegalArgumentException naming a key that is unknown, or the file's line that is no YAML
     */
    public static JobConfigFile load(@Nullable Path file, Map<String, String> environment, Map<String, String> flags)
            throws IOException {
        JobConfigFile config = new JobConfigFile(environment);
        ConfigKey.ALL.forEach(key -> config.put(key.name(), key.fallback(), "default"));
        if (file != null) {
            config.read(file);
        }
        new TreeMap<>(environment).forEach((name, value) -> {
            if (name.startsWith(ENVIRONMENT)) {
                String key = name.substring(ENVIRONMENT.length())
                        .toLowerCase(Locale.ROOT)
                        .replace("__", ".")
                        .replace('_', '-');
                boolean kafka = key.startsWith("kafka.properties.");
                config.put(kafka ? key.replace('-', '.') : key, value, "environment " + name);
            }
        });
        new TreeMap<>(flags).forEach((key, value) -> config.put(key, value, "flag"));
        return config;
    }

    private void read(Path file) throws IOException {
        JsonNode root;
        try {
            root = new YAMLMapper().readTree(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    file + " is no YAML: " + e.getOriginalMessage() + " at line "
                            + (e.getLocation() == null ? "?" : e.getLocation().getLineNr()),
                    e);
        }
        if (!root.isObject() || root.size() != 1 || !root.has("freshet")) {
            throw new IllegalArgumentException(file + ": expected one root, 'freshet:'");
        }
        flatten("", root.get("freshet"), file);
    }

    private void flatten(String prefix, JsonNode node, Path file) {
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            String key = prefix.isEmpty() ? entry.getKey() : prefix + "." + entry.getKey();
            if (entry.getValue().isObject()) {
                flatten(key, entry.getValue(), file);
            } else if (entry.getValue().isArray()) {
                throw new IllegalArgumentException(file + ": " + key + " is a list; expected one value");
            } else {
                put(key, entry.getValue().asText(), file.toString());
            }
        }
    }

    private void put(String key, String value, String origin) {
        if (ConfigKey.find(key).isEmpty()) {
            throw new IllegalArgumentException("unknown key freshet." + key + " (" + origin + "); did you mean freshet."
                    + ConfigKey.nearest(key) + "?");
        }
        settings.put(key, new Setting(key, value, origin));
    }

    /** All keys with their values and origins, by name. */
    public List<Setting> settings() {
        return new ArrayList<>(settings.values());
    }

    /**
     * The configuration of a job.
     *
     * @throws IllegalArgumentException naming a key, its value, its origin and what was expected
     */
    public JobConfig toJobConfig() {
        return new JobConfig(
                new KafkaConfig(text("kafka.bootstrap-servers"), kafkaProperties()),
                new TopicConfig(text("topics.events"), text("topics.changes"), text("topics.quality")),
                clock(),
                accepted(),
                decoding(),
                store(),
                new ScoringConfig(whole("scoring.embedded-port"), oneOf("scoring.item-scan", ItemScan.class)),
                new ExchangeConfig(text("exchange.address"), millis("exchange.timeout")),
                whole("learner.parallelism"),
                oneOf("learner.precision", Precision.class),
                learner());
    }

    private ClockConfig clock() {
        return new ClockConfig(
                millis("tick.length"),
                millis("clock.max-step"),
                whole("tick.max-records"),
                whole("tick.max-open-records"),
                millis("tick.idle-pause"));
    }

    private DecodingConfig decoding() {
        return new DecodingConfig(
                text("schema-registry.url"),
                text("schema-registry.cache-directory"),
                oneOf("bad-records", BadRecords.class),
                whole("bad-records-max-bytes"));
    }

    private StoreConfig store() {
        return new StoreConfig(
                whole("store.lanes"),
                whole("store.history-length"),
                text("store.id-key"),
                text("store.repository"),
                text("store.state-directory"),
                whole("store.keep-snapshots"),
                millis("store.keep-age"));
    }

    /** What goes to every Kafka client as it is: the keys below {@code kafka.properties}, references resolved. */
    public Map<String, String> kafkaProperties() {
        Map<String, String> kafka = new TreeMap<>();
        settings.forEach((key, setting) -> {
            if (key.startsWith(ConfigKey.KAFKA)) {
                kafka.put(key.substring(ConfigKey.KAFKA.length()), resolved(setting));
            }
        });
        return kafka;
    }

    /**
     * One key's value, references resolved.
     *
     * @param key dotted, below {@code freshet}
     */
    public String value(String key) {
        return text(key);
    }

    /** Where one key's value comes from: flag, environment, the file's name, or default. */
    public String origin(String key) {
        return setting(key).origin();
    }

    /** Copies of the topics that are made; -1 for what the brokers are set to. */
    public int replicationFactor() {
        int copies = whole("topics.replication-factor");
        if (copies != -1 && (copies < 1 || copies > Short.MAX_VALUE)) {
            throw wrong(setting("topics.replication-factor"), "-1, or at least 1");
        }
        return copies;
    }

    private LearnerConfig learner() {
        ModelConfig small = ModelConfig.small();
        ModelConfig model = new ModelConfig(
                new LayerConfig(
                        small.variant(),
                        whole("model.width"),
                        whole("model.layers"),
                        small.heads(),
                        small.headDim(),
                        small.timeBuckets()),
                new ContextConfig(whole("model.window"), whole("model.context")),
                (float) number("model.temperature"),
                new PopularityDecay(number("model.popularity-half-life"), number("model.recent-half-life")),
                (long) number("model.seed"),
                actions());
        return new LearnerConfig(
                model,
                new TrainingConfig(
                        whole("learner.batch-tokens"),
                        (float) number("learner.replay-ratio"),
                        new SoftmaxConfig(whole("learner.full-softmax-items"), whole("learner.negatives"), BiasSet.ALL),
                        new OptimizerConfig(
                                (float) number("learner.dense-learning-rate"),
                                whole("learner.warm-up-steps"),
                                (float) number("learner.row-learning-rate"),
                                (float) number("learner.row-decay"),
                                (float) number("learner.gradient-clip")),
                        new Compression(
                                oneOf("exchange.rows", Compression.Rows.class),
                                oneOf("exchange.gradients", Compression.Gradients.class)),
                        whole("learner.threads")),
                whole("learner.capacity"),
                whole("learner.publish-steps"));
    }

    private ActionRules actions() {
        return new ActionRules(
                (float) number("learner.actions.rating-threshold"),
                (float) number("learner.actions.dwell-threshold"),
                oneOf("learner.actions.impressions", ActionRules.Impressions.class),
                (float) number("learner.actions.hide-weight"));
    }

    private Setting setting(String key) {
        return Objects.requireNonNull(settings.get(key), key);
    }

    private String text(String key) {
        return resolved(setting(key));
    }

    private String resolved(Setting setting) {
        Matcher reference = REFERENCE.matcher(setting.value());
        StringBuilder resolved = new StringBuilder();
        while (reference.find()) {
            reference.appendReplacement(
                    resolved, Matcher.quoteReplacement(secret(setting, reference.group(1), reference.group(2))));
        }
        return reference.appendTail(resolved).toString();
    }

    private String secret(Setting setting, String kind, String name) {
        if (kind.equals("env")) {
            String value = environment.get(name);
            if (value == null) {
                throw wrong(setting, "environment variable " + name + " to be set");
            }
            return value;
        }
        try {
            return Files.readString(Path.of(name)).strip();
        } catch (IOException e) {
            throw wrong(setting, "a readable file " + name);
        }
    }

    private Set<Accepted> accepted() {
        Set<Accepted> accepted = EnumSet.noneOf(Accepted.class);
        for (String word : text("start.accept").split(",")) {
            if (!word.isBlank()) {
                accepted.add(oneOf(setting("start.accept"), word, Accepted.class));
            }
        }
        return accepted;
    }

    /** One of an enum's values, whose names have hyphens where Java has underscores. */
    private <E extends Enum<E>> E oneOf(String key, Class<E> type) {
        Setting setting = setting(key);
        return oneOf(setting, resolved(setting), type);
    }

    private static <E extends Enum<E>> E oneOf(Setting setting, String word, Class<E> type) {
        List<String> names = new ArrayList<>();
        for (E value : type.getEnumConstants()) {
            String name = value.name().toLowerCase(Locale.ROOT).replace('_', '-');
            if (name.equals(word.strip().toLowerCase(Locale.ROOT))) {
                return value;
            }
            names.add(name);
        }
        throw wrong(setting, "one of " + String.join(", ", names));
    }

    private int whole(String key) {
        Setting setting = setting(key);
        try {
            return Integer.parseInt(resolved(setting));
        } catch (NumberFormatException e) {
            throw wrong(setting, "a whole number");
        }
    }

    private double number(String key) {
        Setting setting = setting(key);
        try {
            return Double.parseDouble(resolved(setting));
        } catch (NumberFormatException e) {
            throw wrong(setting, "a number");
        }
    }

    private long millis(String key) {
        Setting setting = setting(key);
        Matcher amount = AMOUNT.matcher(resolved(setting).strip());
        if (!amount.matches()) {
            throw wrong(setting, "a duration with its unit: 250 ms, 2 s, 1 min, 1 h");
        }
        double unit = switch (amount.group(2)) {
            case "ms" -> 1;
            case "s" -> 1000;
            case "min" -> 60_000;
            default -> 3_600_000;
        };
        return Math.round(Double.parseDouble(amount.group(1)) * unit);
    }

    private static IllegalArgumentException wrong(Setting setting, String expected) {
        return new IllegalArgumentException("freshet." + setting.key() + " = " + setting.shown() + " ("
                + setting.origin() + "): expected " + expected);
    }

    /** Every key with its default and meaning, as a Markdown list of 120 columns: the reference page. */
    public static String reference() {
        StringBuilder page = new StringBuilder();
        for (ConfigKey key : ConfigKey.ALL) {
            String fallback = key.fallback().isEmpty() ? "" : " (`" + key.fallback() + "`)";
            item("`freshet." + key.name() + "`" + fallback + ": " + key.meaning(), page);
        }
        item("`freshet.kafka.properties.*`: passed to Kafka's clients as it is", page);
        return page.toString();
    }

    private static void item(String text, StringBuilder page) {
        StringBuilder line = new StringBuilder("-");
        for (String word : text.split(" ")) {
            if (line.length() + 1 + word.length() > COLUMNS) {
                page.append(line).append('\n');
                line = new StringBuilder(" ");
            }
            line.append(' ').append(word);
        }
        page.append(line).append('\n');
    }
}
