package io.freshet.job.audit;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.job.config.JobConfig;
import io.freshet.job.core.PermanentFailure;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** An audit under another key would find other users and items, and call it a divergence. */
class AuditTest {
    private static final String KEY = "00112233445566778899aabbccddeeff";

    @Test
    void aSnapshotUnderAnotherKeyIsRefusedWithBoth() {
        assertThatCode(() -> Audit.requireIdKey("one", Map.of(JobConfig.ID_KEY, KEY), KEY))
                .doesNotThrowAnyException();
        String other = KEY.replace('0', '1');
        assertThatThrownBy(() -> Audit.requireIdKey("one", Map.of(JobConfig.ID_KEY, other), KEY))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("snapshot one")
                .hasMessageContaining(other)
                .hasMessageContaining("store.id-key is " + KEY);
        assertThatThrownBy(() -> Audit.requireIdKey("old", Map.of(), KEY)).hasMessageContaining("earlier release");
    }
}
