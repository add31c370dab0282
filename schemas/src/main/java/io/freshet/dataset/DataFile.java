package io.freshet.dataset;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A file as bytes that are not compressed. What it is, its first bytes say, whatever it is called: gzip and a zip with
 * one file in it are read, other containers are refused by name.
 */
final class DataFile {
    private static final int BUFFER = 1 << 16;
    private static final int MOST_NAMED = 8;
    private static final Map<String, String> REFUSED = Map.of(
            "425a68", "compressed with bzip2",
            "fd377a585a00", "compressed with xz",
            "28b52ffd", "compressed with zstd",
            "377abcaf271c", "a 7z archive",
            "526172211a07", "a rar archive",
            "50415231", "a Parquet file",
            "4f626a01", "an Avro file",
            "25504446", "a PDF");

    private DataFile() {}

    /**
     * Opens a file.
     *
     * @throws DataFileException if it is not there, empty, a directory, or a container that is not read
     */
    static InputStream open(Path path) {
        if (!Files.exists(path)) {
            throw new DataFileException("there is no file " + path);
        }
        if (Files.isDirectory(path)) {
            throw new DataFileException(path + " is a directory; give one file: " + names(path));
        }
        try {
            if (Files.isRegularFile(path) && Files.size(path) == 0) {
                throw new DataFileException(path + " is empty: 0 lines, no event");
            }
            InputStream in = new BufferedInputStream(Files.newInputStream(path), BUFFER);
            try {
                return plain(path, in);
            } catch (IOException | RuntimeException e) {
                in.close();
                throw e;
            }
        } catch (IOException e) {
            throw new DataFileException("cannot read " + path + ": " + reason(e), e);
        }
    }

    private static InputStream plain(Path path, InputStream in) throws IOException {
        in.mark(8);
        byte[] head = in.readNBytes(6);
        in.reset();
        String hex = HexFormat.of().formatHex(head);
        if (hex.startsWith("1f8b")) {
            return new BufferedInputStream(new GZIPInputStream(in, BUFFER), BUFFER);
        }
        if (hex.startsWith("504b0304") || hex.startsWith("504b0506")) {
            in.close();
            return onlyEntry(path);
        }
        for (Map.Entry<String, String> container : REFUSED.entrySet()) {
            if (hex.startsWith(container.getKey())) {
                throw new DataFileException(
                        path + " is " + container.getValue() + ", which is not read; unpack it, or pack it with gzip");
            }
        }
        return in;
    }

    private static InputStream onlyEntry(Path path) throws IOException {
        ZipFile zip = new ZipFile(path.toFile());
        List<? extends ZipEntry> files =
                zip.stream().filter(entry -> !entry.isDirectory()).toList();
        if (files.size() != 1) {
            zip.close();
            throw new DataFileException(path + " is a zip archive with " + files.size()
                    + " files; unpack it and give one of them"
                    + (files.isEmpty()
                            ? ""
                            : ": "
                                    + String.join(
                                            ", ",
                                            files.stream()
                                                    .limit(MOST_NAMED)
                                                    .map(ZipEntry::getName)
                                                    .toList())));
        }
        return new FilterInputStream(new BufferedInputStream(zip.getInputStream(files.get(0)), BUFFER)) {
            @Override
            public void close() throws IOException {
                super.close();
                zip.close();
            }
        };
    }

    private static String names(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            List<String> all =
                    files.map(file -> file.getFileName().toString()).sorted().toList();
            return all.isEmpty()
                    ? "it has none"
                    : String.join(", ", all.subList(0, Math.min(MOST_NAMED, all.size())))
                            + (all.size() > MOST_NAMED ? ", ..." : "");
        } catch (IOException e) {
            return "it cannot be listed: " + reason(e);
        }
    }

    /** What an exception of the file system says, in words where its class is all that does. */
    static String reason(IOException e) {
        return e.getClass().equals(IOException.class)
                ? String.valueOf(e.getMessage())
                : String.join(" ", Arrays.asList(e.getClass().getSimpleName(), String.valueOf(e.getMessage())));
    }
}
