package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** A demanded device that is missing fails a test; one that is not demanded skips it. */
class DeviceDemandTest {
    private static final Optional<String> MISSING = Optional.of("the processor has no such instructions");

    @Test
    void whatIsMissingSkipsAndSaysWhy() {
        assertThatThrownBy(() -> DeviceDemand.of("").require("bf16", MISSING))
                .isInstanceOf(TestAbortedException.class)
                .hasMessageContaining("no bf16 here: the processor has no such instructions");
        assertThatThrownBy(() -> DeviceDemand.of("other-jdk").require("bf16", MISSING))
                .isInstanceOf(TestAbortedException.class);
    }

    @Test
    void whatIsDemandedAndMissingFails() {
        assertThatThrownBy(() -> DeviceDemand.of("bf16").require("bf16", MISSING))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("demands bf16")
                .hasMessageContaining("the processor has no such instructions");
    }

    @Test
    void whatIsThereIsTested() {
        assertThatCode(() -> DeviceDemand.of("bf16").require("bf16", Optional.empty()))
                .doesNotThrowAnyException();
        assertThatCode(() -> DeviceDemand.of("").require("bf16", Optional.empty()))
                .doesNotThrowAnyException();
    }

    @Test
    void aListIsReadWithItsSpaces() {
        assertThat(DeviceDemand.of(" bf16 , other-jdk,").names()).containsExactly("bf16", "other-jdk");
        assertThat(DeviceDemand.of("").names()).isEmpty();
    }

    @Test
    void aSlipIsRefusedAndNotPassedOver() {
        assertThatThrownBy(() -> DeviceDemand.of("bf61"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bf61")
                .hasMessageContaining("[bf16, other-jdk]");
    }
}
