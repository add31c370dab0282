package io.freshet.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.job.config.JobConfig;
import io.freshet.job.config.JobConfigFile;
import io.freshet.job.core.PermanentFailure;
import io.freshet.store.StoreLayout;
import io.freshet.store.memory.InMemoryStore;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The scorer inside the learner, where its port is not to be had. */
class EmbeddedScoringTest {
    private static long engines() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("freshet-scoring"))
                .count();
    }

    @Test
    void aTakenPortIsPermanentAndNamedAndLeavesNothingBehind() throws Exception {
        long before = engines();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            JobConfig config = JobConfigFile.load(
                            null, Map.of(), Map.of("scoring.embedded-port", "" + taken.getLocalPort()))
                    .toJobConfig();
            EmbeddedScoring scoring = new EmbeddedScoring();
            StoreLayout layout = new StoreLayout(
                    2, 128, config.learner().model().width(), config.store().historyLength());
            try (InMemoryStore store = new InMemoryStore(layout)) {
                assertThatThrownBy(() -> scoring.opened(config, store, 1))
                        .isInstanceOf(PermanentFailure.class)
                        .hasMessageContaining("scoring.embedded-port is " + taken.getLocalPort());
                scoring.closed();
            }
        }
        for (int n = 0; n < 500 && engines() > before; n++) {
            Thread.sleep(10);
        }
        assertThat(engines()).isEqualTo(before);
    }
}
