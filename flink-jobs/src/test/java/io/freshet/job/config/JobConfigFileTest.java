package io.freshet.job.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.job.records.BadRecordBreaker;
import io.freshet.job.records.BadRecords;
import io.freshet.kernel.Precision;
import io.freshet.train.LearnerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobConfigFileTest {
    @TempDir
    Path work;

    private Path yaml(String... lines) throws IOException {
        return Files.writeString(work.resolve("freshet.yaml"), String.join("\n", lines));
    }

    @Test
    void theDefaultsAreTheSmallPreset() throws IOException {
        JobConfig config = JobConfigFile.load(null, Map.of(), Map.of()).toJobConfig();
        assertThat(config.learner()).isEqualTo(LearnerConfig.small());
        assertThat(config.clock().tickMillis()).isEqualTo(250);
        assertThat(config.decoding().badRecords()).isEqualTo(BadRecords.DLQ);
        assertThat(config.precision()).isEqualTo(Precision.F32);
    }

    @Test
    void thePrecisionOfProductsIsChosenByName() throws IOException {
        assertThat(JobConfigFile.load(null, Map.of(), Map.of("learner.precision", "bf16"))
                        .toJobConfig()
                        .precision())
                .isEqualTo(Precision.BF16);
        JobConfigFile wrong = JobConfigFile.load(null, Map.of(), Map.of("learner.precision", "fp8"));
        assertThatThrownBy(wrong::toJobConfig).hasMessageContaining("f32").hasMessageContaining("bf16");
    }

    @Test
    void aFlagWinsOverTheEnvironmentOverTheFileOverTheDefault() throws IOException {
        Path file = yaml("freshet:", "  tick:", "    length: 1 s", "    idle-pause: 2 s", "  store.lanes: 4");
        Map<String, String> environment = Map.of("FRESHET__TICK__LENGTH", "2 s", "FRESHET__TICK__IDLE_PAUSE", "3 s");
        JobConfig config = JobConfigFile.load(file, environment, Map.of("tick.length", "3 s"))
                .toJobConfig();
        assertThat(config.clock().tickMillis()).isEqualTo(3000);
        assertThat(config.clock().idlePauseMillis()).isEqualTo(3000);
        assertThat(config.store().lanes()).isEqualTo(4);
    }

    @Test
    void anUnknownKeyIsAnErrorThatNamesTheNearest() {
        assertThatThrownBy(() -> JobConfigFile.load(yaml("freshet:", "  tick:", "    lenght: 1 s"), Map.of(), Map.of()))
                .hasMessageContaining("freshet.tick.lenght")
                .hasMessageContaining("freshet.tick.length");
        assertThatThrownBy(() -> JobConfigFile.load(yaml("other: 1"), Map.of(), Map.of()))
                .hasMessageContaining("freshet:");
    }

    @Test
    void wrongValuesNameKeyOriginAndWhatIsExpected() {
        for (Map<String, String> flags : List.of(
                Map.of("tick.length", "5"),
                Map.of("store.lanes", "3"),
                Map.of("store.lanes", "many"),
                Map.of("bad-records", "ignore"),
                Map.of("model.window", "0"))) {
            String key = flags.keySet().iterator().next();
            String name = key.substring(key.indexOf('.') + 1);
            assertThatThrownBy(() -> JobConfigFile.load(null, Map.of(), flags).toJobConfig())
                    .as(flags.toString())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(name)
                    .hasMessageContaining("xpected");
        }
    }

    @Test
    void secretsComeByReferenceAndAreNeverShown() throws IOException {
        Path secret = Files.writeString(work.resolve("secret"), "hush\n");
        JobConfigFile file = JobConfigFile.load(
                null,
                Map.of("PASS", "word"),
                Map.of(
                        "kafka.properties.ssl.key.password",
                        "${file:" + secret + "}",
                        "kafka.properties.client.rack",
                        "${env:PASS}"));
        assertThat(file.toJobConfig().kafka().properties())
                .containsEntry("ssl.key.password", "hush")
                .containsEntry("client.rack", "word");
        assertThat(file.settings().toString()).doesNotContain("hush");
        assertThat(file.settings())
                .filteredOn(s -> s.key().startsWith("kafka.properties"))
                .allSatisfy(s -> assertThat(s.shown()).isEqualTo("********"));
    }

    @Test
    void theReferencePageIsTheOneInTheDocs() throws IOException {
        String page = Files.readString(Path.of("../docs/configuration.md"));
        assertThat(page).as("run 'freshet config schema' and put it into docs").contains(JobConfigFile.reference());
    }

    @Test
    void theBreakerOpensAboveFivePerCentOfEnoughRecordsInAMinute() {
        BadRecordBreaker breaker = new BadRecordBreaker();
        boolean open = false;
        for (int n = 0; n < 1000; n++) {
            open |= breaker.count(n, n % 20 == 19);
        }
        assertThat(open).as("five per cent are borne").isFalse();
        for (int n = 0; n < 199; n++) {
            assertThat(breaker.count(60_000 + n, true)).as("too few to tell").isFalse();
        }
        assertThat(breaker.count(60_199, true)).isTrue();
        assertThat(breaker.count(120_000, true)).as("a new minute").isFalse();
    }

    /** Five hundred thousand records, a thousand a minute, 3 % of them bad, by lot. */
    @Test
    void theBreakerBearsChance() {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            BadRecordBreaker breaker = new BadRecordBreaker();
            for (int n = 0; n < 25_000; n++) {
                assertThat(breaker.count(n * 60L, random.nextInt(100) < 3)).isFalse();
            }
        }
    }

    @Test
    void theBreakerOpensOnAPartitionWithFewRecordsToo() {
        BadRecordBreaker breaker = new BadRecordBreaker();
        boolean open = false;
        for (int n = 0; n < 250; n++) {
            open |= breaker.count(n * 1_000L, true);
        }
        assertThat(open).as("sixty bad records a minute, and no good ones").isTrue();
    }

    @Test
    void theOldNameOfPublishStepsIsRefusedWithTheNewOne() {
        assertThatThrownBy(() -> JobConfigFile.load(null, Map.of(), Map.of("learner.publish-ticks", "4")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unknown key freshet.learner.publish-ticks")
                .hasMessageContaining("did you mean freshet.learner.publish-steps?");
        assertThat(ConfigKey.find("learner.publish-ticks")).isEmpty();
    }
}
