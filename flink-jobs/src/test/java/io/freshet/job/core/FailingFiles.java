package io.freshet.job.core;

import io.freshet.store.snapshot.SnapshotFiles;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.OptionalLong;

/** Files of a repository that cannot be written while a test says so. */
final class FailingFiles implements SnapshotFiles {
    private final SnapshotFiles files;
    /** What the names of files begin with that cannot be published; empty: all can. */
    String failsAt = "";
    /** What the names of files begin with that cannot be removed; empty: all can. */
    String keeps = "";

    FailingFiles(SnapshotFiles files) {
        this.files = files;
    }

    @Override
    public List<String> list(String directory) throws IOException {
        return files.list(directory);
    }

    @Override
    public InputStream open(String name) throws IOException {
        return files.open(name);
    }

    @Override
    public OptionalLong size(String name) throws IOException {
        return files.size(name);
    }

    @Override
    public void publish(String name, InputStream content) throws IOException {
        if (!failsAt.isEmpty() && name.startsWith(failsAt)) {
            throw new IOException("planted: no room for " + name);
        }
        files.publish(name, content);
    }

    @Override
    public boolean claim(String name) throws IOException {
        return files.claim(name);
    }

    @Override
    public boolean delete(String name) throws IOException {
        if (!keeps.isEmpty() && name.startsWith(keeps)) {
            throw new IOException("planted: " + name + " cannot be removed");
        }
        return files.delete(name);
    }

    @Override
    public String address() {
        return files.address();
    }
}
