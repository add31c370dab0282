package io.freshet.store.snapshot;

import io.freshet.store.LaneRange;
import io.freshet.store.codec.LaneDigests;
import io.freshet.store.directory.LocalDirectory;
import io.freshet.store.directory.StoreDirectory;
import io.freshet.store.snapshot.Manifest.StoredFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;

/** Reads the files of snapshots, each checked against its size and checksum. */
final class SnapshotContent {
    private final SnapshotFiles files;

    SnapshotContent(SnapshotFiles files) {
        this.files = files;
    }

    private String address(StoredFile file) {
        return files.address() + "/" + SnapshotRepository.OBJECTS + file.object();
    }

    /** Puts the files of some lanes under a store directory. */
    void restore(Manifest manifest, Path directory, LaneRange lanes) throws IOException {
        // A manifest that was not read from the repository is held to the same rules.
        new ManifestRules(manifest.id()).check(manifest);
        for (int lane = lanes.from(); lane < lanes.to(); lane++) {
            LocalDirectory.create(StoreDirectory.lane(directory, lane));
        }
        for (StoredFile file : manifest.files()) {
            if (lanes.contains(file.lane())) {
                restore(
                        manifest,
                        file,
                        StoreDirectory.lane(directory, file.lane()).resolve(file.name()));
            }
        }
        Map<Integer, LaneDigests> digests = new TreeMap<>();
        for (int lane = lanes.from(); lane < lanes.to(); lane++) {
            if (manifest.lanes().get(lane).equals(LaneDigests.none())) {
                throw new IllegalStateException("snapshot " + manifest.id() + " has no digests of lane " + lane
                        + "; it is a part of a snapshot");
            }
            digests.put(lane, manifest.lanes().get(lane));
        }
        StoreDirectory.markRestored(directory, manifest.layout(), lanes, manifest.tick(), digests);
    }

    private void restore(Manifest manifest, StoredFile file, Path target) throws IOException {
        CRC32C crc = new CRC32C();
        long bytes;
        try (InputStream in = new CheckedInputStream(files.open(SnapshotRepository.OBJECTS + file.object()), crc);
                OutputStream out = Files.newOutputStream(target)) {
            bytes = in.transferTo(out);
        } catch (NoSuchFileException | FileNotFoundException e) {
            throw new IllegalStateException(
                    "snapshot " + manifest.id() + " lacks file " + address(file) + "; choose another snapshot", e);
        }
        if (bytes != file.bytes() || crc.getValue() != file.crc32c()) {
            throw new IllegalStateException("snapshot " + manifest.id() + ": file " + address(file)
                    + " is damaged (size or checksum differs from the manifest); choose another snapshot");
        }
    }

    /** What is wrong with a snapshot's files. */
    List<String> verify(Manifest manifest) {
        List<String> problems = new ArrayList<>();
        for (StoredFile file : manifest.files()) {
            try {
                OptionalLong size = files.size(SnapshotRepository.OBJECTS + file.object());
                if (size.isEmpty()) {
                    problems.add(address(file) + " is missing");
                } else if (size.getAsLong() != file.bytes()) {
                    problems.add(
                            address(file) + " has " + size.getAsLong() + " bytes, the manifest says " + file.bytes());
                } else if (checksum(file) != file.crc32c()) {
                    problems.add(address(file) + " has another checksum than the manifest says");
                }
            } catch (IOException e) {
                problems.add(address(file) + " cannot be read: " + e.getMessage());
            }
        }
        return problems;
    }

    private long checksum(StoredFile file) throws IOException {
        CRC32C crc = new CRC32C();
        try (InputStream in = new CheckedInputStream(files.open(SnapshotRepository.OBJECTS + file.object()), crc)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return crc.getValue();
    }
}
