package io.freshet.store.snapshot;

import io.freshet.store.Checkpointable;
import io.freshet.store.directory.StoreDirectory;
import io.freshet.store.snapshot.Manifest.StoredFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;

/**
 * Copies a part's files to the repository. The order is what makes it safe beside {@link SnapshotSweep}: first a
 * marker that names the store's opening, then a look at what the newest committed snapshot of that opening has, then
 * objects under names that were never used, then the part's manifest; only then the marker goes.
 *
 * <p>Table files (SST) never change under their names within one opening of a store: those that its newest committed
 * snapshot has are not copied again.
 */
final class SnapshotUpload {
    static final String MARKERS = "uploads/";

    private final SnapshotFiles files;
    private final PendingSnapshot pending;

    SnapshotUpload(SnapshotFiles files, PendingSnapshot pending) {
        this.files = files;
        this.pending = pending;
    }

    static String objectPrefix(int lane, String opening) {
        return String.format(Locale.ROOT, "%02d-%s-", lane, opening);
    }

    /** The opening that a marker protects. */
    static String openingOf(String marker) {
        return marker.substring(marker.lastIndexOf('.') + 1);
    }

    private String marker() {
        return MARKERS + SnapshotParts.suffix(pending.id(), pending.lanes) + "." + pending.opening;
    }

    void begin() throws IOException {
        files.publish(marker(), InputStream.nullInputStream());
    }

    void end() throws IOException {
        files.delete(marker());
    }

    List<StoredFile> copy(Optional<Manifest> committed) throws IOException {
        Map<String, StoredFile> committedFiles = new HashMap<>();
        committed.ifPresent(manifest -> manifest.files().stream()
                .filter(file -> file.object().startsWith(objectPrefix(file.lane(), pending.opening)))
                .forEach(file -> committedFiles.put(file.lane() + "/" + file.name(), file)));
        List<StoredFile> all = new ArrayList<>();
        for (int lane = pending.lanes.from(); lane < pending.lanes.to(); lane++) {
            for (Path file : list(StoreDirectory.lane(pending.files, lane))) {
                String name = file.getFileName().toString();
                StoredFile same = name.endsWith(Checkpointable.TABLE) ? committedFiles.get(lane + "/" + name) : null;
                all.add(same != null && same.bytes() == Files.size(file) ? same : store(lane, file, name));
            }
        }
        return all;
    }

    private StoredFile store(int lane, Path file, String name) throws IOException {
        String object = objectPrefix(lane, pending.opening) + pending.id() + "-" + name;
        CRC32C crc = new CRC32C();
        try (InputStream in = new CheckedInputStream(Files.newInputStream(file), crc)) {
            files.publish(SnapshotRepository.OBJECTS + object, in);
        }
        return new StoredFile(lane, name, object, Files.size(file), crc.getValue());
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
