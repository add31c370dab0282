package io.freshet.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** A precision is read by the name that it prints. */
class PrecisionTest {
    @Test
    void precisionsHaveNames() {
        assertThat(Precision.of("bf16")).isEqualTo(Precision.BF16);
        assertThat(Precision.of("f32")).hasToString("f32");
        assertThatThrownBy(() -> Precision.of("int4"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("f32, bf16");
    }
}
