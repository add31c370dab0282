package io.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The configuration as commands show it. */
class ConfigCommandTest {
    @TempDir
    private Path work;

    @Test
    void everyKeyIsPrintedWithItsOriginAndSecretsAreMasked() throws IOException {
        Path file = Files.writeString(
                work.resolve("f.yaml"),
                "freshet:\n  tick:\n    length: 1 s\n  kafka:\n    properties:\n      sasl.jaas.config: hunter2\n");
        CommandRun ran = CommandRun.of(
                "config",
                "print",
                "--config",
                file.toString(),
                "--set",
                "store.lanes=4",
                "--bootstrap-servers",
                "a:1");
        assertThat(ran.code()).isZero();
        assertThat(ran.out())
                .containsPattern("freshet.tick.length +1 s +.*f.yaml")
                .containsPattern("freshet.store.lanes +4 +flag")
                .containsPattern("freshet.kafka.bootstrap-servers +a:1 +flag")
                .containsPattern("freshet.topics.replication-factor +-1 +default")
                .contains("********")
                .doesNotContain("hunter2");
    }

    @Test
    void checkSaysWhetherAJobWouldTakeIt() {
        assertThat(CommandRun.of("config", "check").out()).contains("the configuration is valid");
        CommandRun odd = CommandRun.of("config", "check", "--set", "store.lanes=3");
        assertThat(odd.code()).isEqualTo(2);
        assertThat(odd.out()).contains("lanes").contains("a power of two");
    }

    @Test
    void schemaIsThePagesTable() throws IOException {
        String page = Files.readString(Path.of("../docs/configuration.md"));
        CommandRun ran = CommandRun.of("config", "schema");
        assertThat(page).contains(ran.out().strip());
        assertThat(CommandRun.of("config").code()).isEqualTo(2);
    }
}
