package io.freshet.job.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.job.core.Accepted;
import io.freshet.job.core.PermanentFailure;
import io.freshet.store.StoreLayout;
import io.freshet.store.snapshot.Manifest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Where the log is read from behind a snapshot that a rollback names. */
class StartingPointTest {
    private static final LogPort.Description NOW = new LogPort.Description("log-b", Set.of(0, 1));

    private final Map<String, String> properties = new TreeMap<>(Map.of("made-from.log-id", "log-b"));
    private Map<Integer, Long> begins = Map.of(0, 0L, 1, 0L);

    private StartingPoint behind(Map<Integer, Long> frontier, Accepted... accept) {
        Manifest snapshot = new Manifest(
                Manifest.FORMAT,
                "repository",
                "one",
                0,
                7,
                frontier,
                new StoreLayout(4, 128, 8, 50),
                List.of(),
                properties,
                Map.of(),
                List.of());
        LogPort log = new LogPort() {
            @Override
            public String name() {
                return "events";
            }

            @Override
            public Description describe() {
                return NOW;
            }

            @Override
            public Bounds bounds(Set<Integer> partitions) {
                return new Bounds(begins, Map.of(0, 9000L, 1, 9000L));
            }
        };
        return StartingPoint.behind(snapshot, log, NOW, Set.of(accept));
    }

    @Test
    void partitionsAreReadBehindTheFrontierAndThoseWithoutOneFromWhatThereIs() {
        begins = Map.of(0, 42L, 1, 5000L);
        assertThat(behind(Map.of(0, 41L))).isEqualTo(new StartingPoint(7, Map.of(0, 42L, 1, LogSplit.BEGINNING)));
        assertThatThrownBy(() -> behind(Map.of(0, 40L)))
                .hasMessageContaining("events partition 0 from offset 41 on, but it begins at 42");
        assertThat(behind(Map.of(0, 40L), Accepted.GAP).next())
                .as("an accepted gap is seen, and recorded, by the source")
                .containsEntry(0, 41L);
    }

    @Test
    void anotherTopicIsReadFromItsBeginningIfItIsAcceptedWhateverTheFormerOnesOffsets() {
        properties.put("made-from.log-id", "log-a");
        assertThatThrownBy(() -> behind(Map.of(0, 900L, 1, 700L), Accepted.GAP))
                .isInstanceOf(PermanentFailure.class)
                .hasMessageContaining("snapshot one")
                .hasMessageContaining("log-a")
                .hasMessageContaining("log-b")
                .hasMessageContaining("start.accept=other-topic");
        begins = Map.of(0, 1000L, 1, 0L);
        assertThat(behind(Map.of(0, 900L, 1, 700L), Accepted.OTHER_TOPIC))
                .isEqualTo(new StartingPoint(7, Map.of(0, LogSplit.BEGINNING, 1, LogSplit.BEGINNING)));
    }

    @Test
    void aFrontierThatIsStillTheFormerTopicsIsNotTakenForThisOnes() {
        properties.put("accepted.7.log", "log-a");
        assertThat(behind(Map.of(0, 900L)).next().values()).containsOnly(LogSplit.BEGINNING);
        properties.remove("accepted.7.log");
        properties.put("accepted.6.log", "log-a");
        assertThat(behind(Map.of(0, 900L)).next()).containsEntry(0, 901L);
    }
}
