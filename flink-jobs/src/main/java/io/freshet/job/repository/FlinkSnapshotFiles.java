package io.freshet.job.repository;

import io.freshet.store.snapshot.SnapshotFiles;
import io.freshet.store.snapshot.SnapshotRepository;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystem.WriteMode;
import org.apache.flink.core.fs.Path;

/**
 * A repository's files on a file system that Flink opens. In object stores a file appears when its stream is closed;
 * elsewhere it is written under another name, synced, and renamed.
 */
final class FlinkSnapshotFiles implements SnapshotFiles {
    /** Schemes of stores in which a rename is a copy, and a file is there whole or not at all anyway. */
    private static final Set<String> OBJECT_STORES =
            Set.of("s3", "s3a", "s3n", "s3p", "gs", "oss", "cos", "cosn", "obs", "wasb", "wasbs");

    private final Path root;
    private final boolean renames;
    /** Directories that are there. */
    private final Set<Path> made = ConcurrentHashMap.newKeySet();

    FlinkSnapshotFiles(URI root) {
        this(root, !OBJECT_STORES.contains(root.getScheme().toLowerCase(Locale.ROOT)));
    }

    /** @param renames whether files are written under another name first */
    FlinkSnapshotFiles(URI root, boolean renames) {
        this.root = new Path(root);
        this.renames = renames;
    }

    /** A name is that of a file or directory below the root, wherever it came from. */
    private Path path(String name) {
        if (name.isEmpty()) {
            return root;
        }
        boolean inside = !name.startsWith("/") && name.indexOf('\\') < 0 && name.indexOf(':') < 0;
        for (String part : name.split("/")) {
            inside &= !part.isEmpty() && !part.equals(".") && !part.equals("..");
        }
        if (!inside) {
            throw new IllegalArgumentException("'" + name + "' is not a name below " + root);
        }
        return new Path(root, name);
    }

    /** Flink keeps one for every scheme and authority. */
    private FileSystem system() throws IOException {
        return FileSystem.get(root.toUri());
    }

    @Override
    public List<String> list(String directory) throws IOException {
        FileStatus[] found;
        try {
            found = system().listStatus(path(directory));
        } catch (FileNotFoundException e) {
            return List.of();
        }
        List<String> names = new ArrayList<>();
        // Some file systems give null for a directory that does not exist.
        for (FileStatus file : found == null ? new FileStatus[0] : found) {
            if (!file.isDir()) {
                names.add(file.getPath().getName());
            }
        }
        names.sort(null);
        return names;
    }

    @Override
    public InputStream open(String name) throws IOException {
        return system().open(path(name));
    }

    @Override
    public OptionalLong size(String name) throws IOException {
        try {
            FileStatus status = system().getFileStatus(path(name));
            return status.isDir() ? OptionalLong.empty() : OptionalLong.of(status.getLen());
        } catch (FileNotFoundException e) {
            return OptionalLong.empty();
        }
    }

    @Override
    public void publish(String name, InputStream content) throws IOException {
        FileSystem system = system();
        Path target = path(name);
        if (!renames) {
            try (FSDataOutputStream out = system.create(target, WriteMode.OVERWRITE)) {
                content.transferTo(out);
            }
            return;
        }
        Path unfinished = path(SnapshotRepository.UNFINISHED + target.getName() + "-" + UUID.randomUUID());
        try (FSDataOutputStream out = system.create(unfinished, WriteMode.NO_OVERWRITE)) {
            content.transferTo(out);
            out.sync();
        }
        if (made.add(target.getParent())) {
            system.mkdirs(target.getParent());
        }
        if (!system.rename(unfinished, target)) {
            // Most do not rename onto a file.
            system.delete(target, false);
            if (!system.rename(unfinished, target)) {
                throw new IOException(unfinished + " could not be renamed to " + target);
            }
        }
    }

    @Override
    public boolean claim(String name) throws IOException {
        if (size(name).isPresent()) {
            return false;
        }
        try {
            system().create(path(name), WriteMode.NO_OVERWRITE).close();
            return true;
        } catch (IOException e) {
            if (size(name).isPresent()) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public boolean delete(String name) throws IOException {
        if (size(name).isEmpty()) {
            return false;
        }
        try {
            return system().delete(path(name), false);
        } catch (FileNotFoundException e) {
            return false;
        }
    }

    @Override
    public String address() {
        String text = root.toString();
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }
}
