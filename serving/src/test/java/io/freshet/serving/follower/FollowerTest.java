package io.freshet.serving.follower;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.items.ItemScan;
import io.freshet.schema.EntityIds;
import io.freshet.serving.Limits;
import io.freshet.serving.ScoringEngine;
import io.freshet.serving.Walks;
import io.freshet.serving.follower.FollowerStatus.State;
import io.freshet.store.rocksdb.RocksStore;
import io.freshet.store.rocksdb.StoreOptions;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The thread, with a real store and repository, before something that is no Kafka. */
@Timeout(120)
class FollowerTest {
    @TempDir
    private Path directory;

    private final Device device = CpuDevices.scalar().open();
    private final ScoringEngine engine =
            new ScoringEngine(device, Limits.defaults(), System::currentTimeMillis, ItemScan.INT8);

    @AfterEach
    void close() {
        engine.close();
        device.close();
    }

    private static void await(BooleanSupplier done) throws InterruptedException {
        for (int n = 0; n < 6_000 && !done.getAsBoolean(); n++) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        assertThat(done.getAsBoolean()).isTrue();
    }

    @Test
    void beforeSomethingThatIsNoKafkaItSaysSoAndIsNotReady() throws Exception {
        Path repository = directory.resolve("repository");
        RocksStore store = RocksStore.open(directory.resolve("learner"), Walks.LAYOUT, StoreOptions.learner());
        try (store;
                Walks walks = new Walks(store)) {
            walks.ticks(2);
            SnapshotRepository snapshots = new SnapshotRepository(repository);
            Map<String, String> properties = new TreeMap<>(Walks.MODEL.toProperties());
            properties.put("id-key", EntityIds.standard().key());
            snapshots
                    .prepare(store, directory.resolve("cuts"), "one", properties, Map.of(0, 0L))
                    .upload();
            snapshots.commit("one");
        }
        // It accepts connections and says nothing.
        try (ServerSocket nothing = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + nothing.getLocalPort();
            FollowerConfig config = new FollowerConfig(address, "changes", repository, directory.resolve("state"));
            try (Follower follower = new Follower(config.withPurpose("gRPC port 7600"), engine)) {
                await(() -> follower.status().state() == State.CONNECTING
                        && !follower.status().problem().isEmpty());
                assertThat(follower.status().problem()).contains(address).contains("has not been reached");
                assertThat(follower.readiness().ready()).isFalse();
                assertThat(follower.readiness().alive()).isTrue();
                assertThat(follower.status().counts().bootstraps()).isEqualTo(1);
                assertThat(follower.metrics())
                        .anyMatch(m -> m.labels().equals("state=\"CONNECTING\"") && m.value() == 1);
                // A second one on the same directory is refused, and the first one's store stays.
                Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("state"));
                FollowerConfig linked = new FollowerConfig(address, "changes", repository, link);
                for (FollowerConfig second : List.of(config, linked)) {
                    assertThatThrownBy(() -> new Follower(second, engine))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("the state directory "
                                    + directory.resolve("state").toRealPath() + " is in use by process "
                                    + ProcessHandle.current().pid())
                            .hasMessageContaining("scores from topic changes, gRPC port 7600");
                }
                assertThat(engine.serving()).isTrue();
                assertThat(directory.resolve("state").resolve("generation-000001"))
                        .isDirectory();
            }
        }
        assertThat(engine.version()).isNull();
    }

    @Test
    void theConfiguredPropertiesReachTheClientsAndThoseThatFollowingNeedsStay() {
        FollowerConfig config = new FollowerConfig("broker:9092", "changes", directory, directory)
                .withKafka(Map.of(
                        "security.protocol", "SASL_SSL",
                        "max.partition.fetch.bytes", "123",
                        "enable.auto.commit", "true",
                        "bootstrap.servers", "elsewhere:1"));
        assertThat(KafkaFeed.settings(config))
                .containsEntry("security.protocol", "SASL_SSL")
                .containsEntry("max.partition.fetch.bytes", "123")
                .containsEntry("enable.auto.commit", "false")
                .containsEntry("auto.offset.reset", "none")
                .containsEntry("bootstrap.servers", "broker:9092");
    }

    @Test
    void aDirectoryThatCannotBeUsedIsNamed() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        FollowerConfig config = new FollowerConfig("127.0.0.1:9", "changes", directory, file.resolve("state"));
        assertThatThrownBy(() -> new Follower(config, engine)).hasMessageContaining(file.toString());
    }
}
