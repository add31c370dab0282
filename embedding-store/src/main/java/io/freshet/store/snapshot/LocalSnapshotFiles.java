package io.freshet.store.snapshot;

import io.freshet.store.directory.LocalDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Stream;

/** Files below a directory of this machine. A file is written elsewhere, synced, and renamed. */
public final class LocalSnapshotFiles implements SnapshotFiles {
    private final Path root;

    /** @param root made with the first file */
    public LocalSnapshotFiles(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    /** A name is that of a file or directory below the root, wherever it came from. */
    private Path path(String name) {
        Path path = root.resolve(name).normalize();
        boolean up = List.of(name.split("[/\\\\]")).contains("..");
        if (up || !path.startsWith(root)) {
            throw new IllegalArgumentException("'" + name + "' is not a name below " + root);
        }
        return path;
    }

    @Override
    public List<String> list(String directory) throws IOException {
        try (Stream<Path> files = Files.list(path(directory))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        }
    }

    @Override
    public InputStream open(String name) throws IOException {
        return Files.newInputStream(path(name));
    }

    @Override
    public OptionalLong size(String name) throws IOException {
        try {
            return OptionalLong.of(Files.size(path(name)));
        } catch (NoSuchFileException e) {
            return OptionalLong.empty();
        }
    }

    @Override
    public void publish(String name, InputStream content) throws IOException {
        Path target = path(name);
        LocalDirectory.create(Objects.requireNonNull(target.getParent()));
        Path unfinished = LocalDirectory.create(path(SnapshotRepository.UNFINISHED))
                .resolve(target.getFileName() + "-" + UUID.randomUUID());
        try (FileChannel out = FileChannel.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            content.transferTo(Channels.newOutputStream(out));
            out.force(true);
        }
        Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public boolean claim(String name) throws IOException {
        Path target = path(name);
        LocalDirectory.create(Objects.requireNonNull(target.getParent()));
        try {
            Files.createFile(target);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    @Override
    public boolean delete(String name) throws IOException {
        return Files.deleteIfExists(path(name));
    }

    @Override
    public String address() {
        return root.toString();
    }
}
