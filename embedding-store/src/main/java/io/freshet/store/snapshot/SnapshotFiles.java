package io.freshet.store.snapshot;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.OptionalLong;

/**
 * The files of a repository, on whatever file system: whole files under names relative to its root, such as
 * {@code objects/x}, with '/' between directories. Directories come with their files.
 *
 * <p>Asked of a file system: what was published or deleted is seen by the next call of anybody, listings included; a
 * file appears under its name whole or not at all. That is so for local disks, HDFS, and object stores whose listings
 * are consistent. Not asked: renaming, locks, or replacing a file without a moment in which it is missing.
 */
public interface SnapshotFiles {
    /** Names of the files directly in a directory ({@code ""}: the root), sorted; none if it does not exist. */
    List<String> list(String directory) throws IOException;

    /**
     * Reads a file.
     *
     * @throws NoSuchFileException if there is none; so may the first read from it, or throw a
     *     {@link FileNotFoundException}
     */
    InputStream open(String name) throws IOException;

    /** Bytes in a file; empty if there is none. */
    OptionalLong size(String name) throws IOException;

    /** Writes a file, durably, that appears when it is complete; one that is there is replaced. */
    void publish(String name, InputStream content) throws IOException;

    /**
     * Makes an empty file where there is none; false if there is one. Of two who try at once one succeeds, where the
     * file system can tell (object stores mostly cannot).
     */
    boolean claim(String name) throws IOException;

    /** Deletes a file; false if there was none. */
    boolean delete(String name) throws IOException;

    /** The root, for people to read. */
    String address();
}
