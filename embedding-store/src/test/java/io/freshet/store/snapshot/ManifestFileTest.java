package io.freshet.store.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.store.Golden;
import io.freshet.store.StoreLayout;
import io.freshet.store.codec.LaneDigests;
import io.freshet.store.snapshot.Manifest.StoredFile;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests come from a repository that others may write to. */
class ManifestFileTest {
    private static final byte[] GOLDEN = Golden.file("manifest.json");
    private static final Manifest MANIFEST = new Manifest(
            3,
            "0b0b0b0b-1111-2222-3333-444444444444",
            "learner-000001-checkpoint-000002",
            1_700_000_000_000L,
            42,
            new TreeMap<>(Map.of(0, 100L, 3, 7L)),
            new StoreLayout(2, 16, 3, 5),
            List.of(
                    new LaneDigests("a".repeat(64), "b".repeat(64), "c".repeat(64)),
                    new LaneDigests("d".repeat(64), "e".repeat(64), "f".repeat(64))),
            Map.of("incarnation", "1"),
            Map.of(0, 9L),
            List.of(new StoredFile(1, "000012.sst", "01-abcdef01-one-000012.sst", 1234, 4_294_967_295L)));

    @TempDir
    private Path directory;

    private final ObjectMapper json = new ObjectMapper();

    private ManifestFile manifests() {
        return new ManifestFile(new LocalSnapshotFiles(directory));
    }

    /** The golden manifest with something else in it and the right checksum. */
    private byte[] with(Consumer<ObjectNode> change) throws Exception {
        ObjectNode tree = (ObjectNode) json.readTree(GOLDEN);
        tree.remove("crc32c");
        change.accept(tree);
        byte[] body = json.writeValueAsBytes(tree);
        CRC32C crc = new CRC32C();
        crc.update(body, 1, body.length - 1);
        String first = String.format("{\"crc32c\":\"%08x\",\n", crc.getValue());
        return (first + new String(body, 1, body.length - 1, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
    }

    private void refused(Consumer<ObjectNode> change, String... said) throws Exception {
        byte[] bytes = with(change);
        assertThatThrownBy(() -> manifests().fromBytes(bytes, "the-file"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the-file")
                .satisfies(e -> assertThat(e.getMessage()).contains(said));
    }

    @Test
    void theGoldenFileIsWhatIsWrittenAndRead() throws Exception {
        assertThat(new String(manifests().toBytes(MANIFEST), StandardCharsets.UTF_8))
                .isEqualTo(new String(GOLDEN, StandardCharsets.UTF_8));
        assertThat(manifests().fromBytes(GOLDEN, "golden")).isEqualTo(MANIFEST);
        assertThat(manifests().fromBytes(with(tree -> {}), "same")).isEqualTo(MANIFEST);
        assertThat(json.readTree(GOLDEN).path("tick").asInt()).isEqualTo(42);
        assertThat(MANIFEST.incarnation()).isEqualTo(1);
        assertThat(MANIFEST.digests()).containsExactly("a".repeat(64), "d".repeat(64));
    }

    @Test
    void anyChangedByteAndAnyCutIsRefused() {
        for (int at = 0; at < GOLDEN.length; at++) {
            byte[] damaged = GOLDEN.clone();
            damaged[at] ^= (byte) (1 << at % 8);
            byte[] cut = Arrays.copyOf(GOLDEN, at);
            for (byte[] bytes : List.of(damaged, cut)) {
                assertThatThrownBy(() -> manifests().fromBytes(bytes, "the-file"))
                        .as("byte %d", at)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("the-file");
            }
        }
    }

    @Test
    void randomBytesAreRefused() {
        SplittableRandom random = new SplittableRandom(8);
        for (int n = 0; n < 500; n++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            assertThatThrownBy(() -> manifests().fromBytes(bytes, "the-file"))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aManifestOfAnEarlierReleaseIsRefusedByItsFormat() throws Exception {
        Files.writeString(directory.resolve("old.json"), "{\n  \"format\" : 2,\n  \"id\" : \"old\"\n}");
        assertThatThrownBy(() -> new SnapshotRepository(directory).list())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("old.json")
                .hasMessageContaining("format 2")
                .hasMessageContaining("reads 3")
                .hasMessageContaining("new repository");
        refused(tree -> tree.put("format", 4), "format 4");
        refused(tree -> tree.remove("format"), "format none");
    }

    @Test
    void namesThatLeaveTheDirectoryAreRefusedWhereverTheyStand() throws Exception {
        for (String name : List.of("../../x", "/etc/passwd", "..", ".", "", "a/b", "a\\b", "a\u0000b", "CON:", "é")) {
            refused(tree -> file(tree).put("name", name), "files.name");
            refused(tree -> file(tree).put("object", name), "files.object");
            refused(tree -> tree.put("id", name), "id = ");
            refused(tree -> tree.put("repository", name), "repository = ");
        }
        Path target = directory.resolve("target");
        Manifest evil = MANIFEST.with(List.of(new StoredFile(1, "../../x", "object", 0, 0)));
        SnapshotRepository repository = new SnapshotRepository(directory.resolve("repository"));
        assertThatThrownBy(() -> repository.restore(evil, target))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("../../x");
        assertThat(target).doesNotExist();
        assertThat(directory.resolve("x")).doesNotExist();
    }

    private static ObjectNode file(ObjectNode tree) {
        return (ObjectNode) tree.path("files").get(0);
    }

    @Test
    void countsSizesAndDigestsAreBounded() throws Exception {
        refused(tree -> file(tree).put("lane", 2), "files.lane");
        refused(tree -> file(tree).put("lane", -1), "files.lane");
        refused(tree -> file(tree).put("bytes", -1), "files.bytes");
        refused(tree -> file(tree).put("bytes", Long.MAX_VALUE), "files.bytes");
        refused(tree -> tree.withArray("files").add(file(tree).deepCopy()), "every file of a lane once");
        refused(tree -> tree.withArray("files").addNull(), "files");
        refused(tree -> tree.withArray("lanes").remove(0), "lanes");
        refused(tree -> ((ObjectNode) tree.path("lanes").get(0)).put("content", "xyz"), "64 hexadecimal digits");
        refused(tree -> ((ObjectNode) tree.path("layout")).put("lanes", 1 << 30), "layout");
        refused(tree -> tree.put("tick", -2), "tick");
        refused(tree -> tree.putNull("layout"), "layout");
        refused(tree -> tree.putNull("frontier"), "frontier");
        refused(tree -> tree.remove("files"), "files");
        refused(tree -> tree.put("surprise", 1), "surprise");
        refused(tree -> ((ObjectNode) tree.path("properties")).put("incarnation", "x"), "incarnation");
    }

    @Test
    void filesOutsideTheRepositoryAreNotReadOrWritten() {
        LocalSnapshotFiles files = new LocalSnapshotFiles(directory.resolve("root"));
        for (String name : List.of("../x", "objects/../../x", "/etc/x", "objects/../x", "..")) {
            assertThatThrownBy(() -> files.open(name)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> files.publish(name, InputStream.nullInputStream()))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> files.delete(name)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
