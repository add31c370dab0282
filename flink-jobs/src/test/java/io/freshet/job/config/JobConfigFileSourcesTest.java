package io.freshet.job.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a value comes from, which source wins, what a reference becomes, and how every wrong one is refused. */
class JobConfigFileSourcesTest {
    @TempDir
    Path work;

    private Path yaml(String text) throws IOException {
        return Files.writeString(work.resolve("freshet.yaml"), text);
    }

    private static JobConfigFile flags(String key, String value) throws IOException {
        return JobConfigFile.load(null, Map.of(), Map.of(key, value));
    }

    /** Each source on top of all below it; the origin says which one it was. */
    @Test
    void everySourceWinsOverThoseBelowItAndIsNamed() throws IOException {
        Map<String, String> none = Map.of();
        Path file = yaml("freshet:\n  tick:\n    length: 1 s\n");
        Map<String, String> environment = Map.of("FRESHET__TICK__LENGTH", "2 s");
        Map<String, String> flag = Map.of("tick.length", "3 s");
        String fallback = ConfigKey.find("tick.length").orElseThrow().fallback();
        assertThat(JobConfigFile.load(null, none, none).value("tick.length")).isEqualTo(fallback);
        assertThat(JobConfigFile.load(null, none, none).origin("tick.length")).isEqualTo("default");
        assertThat(JobConfigFile.load(file, none, none).value("tick.length")).isEqualTo("1 s");
        assertThat(JobConfigFile.load(file, none, none).origin("tick.length")).isEqualTo(file.toString());
        JobConfigFile third = JobConfigFile.load(file, environment, none);
        assertThat(third.value("tick.length")).isEqualTo("2 s");
        assertThat(third.origin("tick.length")).isEqualTo("environment FRESHET__TICK__LENGTH");
        JobConfigFile fourth = JobConfigFile.load(file, environment, flag);
        assertThat(fourth.value("tick.length")).isEqualTo("3 s");
        assertThat(fourth.origin("tick.length")).isEqualTo("flag");
    }

    @Test
    void nestedAndDottedKeysAreTheSame() throws IOException {
        assertThat(JobConfigFile.load(yaml("freshet:\n  tick:\n    length: 1 s\n"), Map.of(), Map.of())
                        .value("tick.length"))
                .isEqualTo("1 s");
        assertThat(JobConfigFile.load(yaml("freshet:\n  tick.length: 1 s\n"), Map.of(), Map.of())
                        .value("tick.length"))
                .isEqualTo("1 s");
    }

    @Test
    void otherVariablesOfTheEnvironmentAreNotRead() throws IOException {
        Map<String, String> environment =
                Map.of("PATH", "/bin", "FRESHET_HOME", "/opt", "freshet__tick__length", "9 s");
        assertThat(JobConfigFile.load(null, environment, Map.of()).origin("tick.length"))
                .isEqualTo("default");
    }

    @Test
    void clientsPropertiesKeepTheirDotsFromTheEnvironment() throws IOException {
        Map<String, String> environment = Map.of("FRESHET__KAFKA__PROPERTIES__SECURITY_PROTOCOL", "SSL");
        assertThat(JobConfigFile.load(null, environment, Map.of()).kafkaProperties())
                .containsEntry("security.protocol", "SSL");
    }

    @ParameterizedTest
    @CsvSource({
        "tick.lengt, tick.length",
        "store.lane, store.lanes",
        "lerner.capacity, learner.capacity",
        "model.widht, model.width",
        "bad-record, bad-records"
    })
    void anUnknownKeyIsRefusedFromEverySourceWithTheNearest(String wrong, String meant) {
        assertThatThrownBy(() -> flags(wrong, "1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unknown key freshet." + wrong + " (flag)")
                .hasMessageContaining("did you mean freshet." + meant + "?");
        String variable =
                "FRESHET__" + wrong.toUpperCase(Locale.ROOT).replace(".", "__").replace('-', '_');
        assertThatThrownBy(() -> JobConfigFile.load(null, Map.of(variable, "1"), Map.of()))
                .hasMessageContaining("environment " + variable)
                .hasMessageContaining("did you mean freshet." + meant + "?");
        assertThatThrownBy(() -> JobConfigFile.load(yaml("freshet:\n  " + wrong + ": 1\n"), Map.of(), Map.of()))
                .hasMessageContaining("freshet.yaml")
                .hasMessageContaining("did you mean freshet." + meant + "?");
    }

    @ParameterizedTest
    @CsvSource({"250 ms, 250", "2 s, 2000", "2s, 2000", "0.5 s, 500", "1 min, 60000", "1.5 h, 5400000", "' 3 s ', 3000"
    })
    void durationsHaveUnits(String written, long millis) throws IOException {
        assertThat(flags("tick.idle-pause", written).toJobConfig().clock().idlePauseMillis())
                .isEqualTo(millis);
    }

    @ParameterizedTest
    @ValueSource(strings = {"250", "2 sec", "2 S", "-1 s", "s", "", "1 d", "1 s 5 ms", "1,5 s", "1e3 ms"})
    void aDurationWithoutAUnitOfOursIsRefused(String written) throws IOException {
        JobConfigFile file = flags("tick.idle-pause", written);
        assertThatThrownBy(file::toJobConfig)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("freshet.tick.idle-pause = " + written
                        + " (flag): expected a duration with its unit: 250 ms, 2 s, 1 min, 1 h");
    }

    @ParameterizedTest
    @CsvSource({
        "store.keep-snapshots, three, a whole number",
        "store.keep-snapshots, 1.5, a whole number",
        "store.keep-snapshots, 99999999999, a whole number",
        "learner.replay-ratio, half, a number",
        "model.temperature, warm, a number",
        "bad-records, ignore, one of",
        "learner.precision, fp8, one of f32",
        "start.accept, everything, one of"
    })
    void aValueOfAnotherKindIsRefusedWithKeyOriginAndWhatIsExpected(String key, String value, String expected)
            throws IOException {
        JobConfigFile file = flags(key, value);
        assertThatThrownBy(file::toJobConfig)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("freshet." + key + " = " + value + " (flag): expected " + expected);
    }

    @Test
    void namesOfChoicesAreReadInAnyCase() throws IOException {
        assertThat(flags("bad-records", " DLQ ").toJobConfig())
                .isEqualTo(flags("bad-records", "dlq").toJobConfig());
    }

    @Test
    void aReferenceIsPartOfAValueAndMayStandTwice() throws IOException {
        Path secret = Files.writeString(work.resolve("host"), "broker-a\n");
        Map<String, String> environment = Map.of("PORT", "9093", "ODD", "a$1\\b");
        String servers = "${file:" + secret + "}:${env:PORT},broker-b:${env:PORT}";
        JobConfigFile file = JobConfigFile.load(null, environment, Map.of("kafka.bootstrap-servers", servers));
        assertThat(file.value("kafka.bootstrap-servers")).isEqualTo("broker-a:9093,broker-b:9093");
        JobConfigFile odd = JobConfigFile.load(null, environment, Map.of("topics.events", "${env:ODD}"));
        assertThat(odd.value("topics.events")).as("signs are taken as they are").isEqualTo("a$1\\b");
    }

    @Test
    void aReferenceToNothingIsRefusedWithWhatIsMissing() throws IOException {
        JobConfigFile variable = flags("kafka.bootstrap-servers", "${env:NOWHERE}");
        assertThatThrownBy(variable::toJobConfig)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("freshet.kafka.bootstrap-servers")
                .hasMessageContaining("environment variable NOWHERE to be set");
        Path missing = work.resolve("missing");
        JobConfigFile secret = flags("kafka.properties.ssl.key.password", "${file:" + missing + "}");
        assertThatThrownBy(secret::kafkaProperties)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a readable file " + missing);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tick.length: 1 s\n", "freshet: {}\nother: 1\n", "- freshet\n", "freshet\n"})
    void aFileHasOneRoot(String text) throws IOException {
        Path file = yaml(text);
        assertThatThrownBy(() -> JobConfigFile.load(file, Map.of(), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("freshet.yaml")
                .hasMessageContaining("expected one root, 'freshet:'");
    }

    @Test
    void aFileThatIsNoYamlIsRefusedWithItsLine() throws IOException {
        Path file = yaml("freshet:\n  tick:\n    length: [1 s\n");
        assertThatThrownBy(() -> JobConfigFile.load(file, Map.of(), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("freshet.yaml is no YAML")
                .hasMessageContaining("at line");
    }

    @Test
    void aListIsRefusedAndNotCutToItsFirst() throws IOException {
        Path file = yaml("freshet:\n  tick:\n    length: [1 s, 2 s]\n");
        assertThatThrownBy(() -> JobConfigFile.load(file, Map.of(), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tick.length is a list; expected one value");
    }

    @Test
    void aFileThatIsNotThereIsNotTakenForAnEmptyOne() {
        Path missing = work.resolve("nowhere.yaml");
        assertThatThrownBy(() -> JobConfigFile.load(missing, Map.of(), Map.of()))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("nowhere.yaml");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-2", "40000"})
    void copiesOfTopicsAreAsManyAsKafkaCanHave(String copies) throws IOException {
        JobConfigFile file = flags("topics.replication-factor", copies);
        assertThatThrownBy(file::replicationFactor)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("freshet.topics.replication-factor = " + copies)
                .hasMessageContaining("-1, or at least 1");
    }

    @Test
    void everyDefaultIsAValueThatIsTaken() throws IOException {
        JobConfigFile file = JobConfigFile.load(null, Map.of(), Map.of());
        file.toJobConfig();
        assertThat(file.settings()).extracting(JobConfigFile.Setting::key).doesNotHaveDuplicates();
        assertThat(file.settings()).hasSameSizeAs(ConfigKey.ALL);
    }
}
