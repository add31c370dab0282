package io.freshet.store.directory;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * Small files of text that a person can read: {@code <name> <version>}, lines, and a last line {@code crc32c
 * <checksum>} over all before it.
 */
public final class CheckedText {
    private static final Pattern FILE = Pattern.compile("(?s)([a-z-]+) (\\d{1,9})([ \n].*)");
    private static final Pattern CHECKED = Pattern.compile("(?s)(.*\n)crc32c ([0-9a-f]{8})\n");

    private final String name;
    private final int version;

    /**
     * A kind of file.
     *
     * @param name first word in it
     * @param version second word in what is written, and in what is read
     */
    public CheckedText(String name, int version) {
        this.name = name;
        this.version = version;
    }

    /** A file of this kind, {@code [bytes]} of UTF-8. */
    public byte[] write(String body) {
        String text = name + " " + version + "\n" + body.strip() + "\n";
        return (text + "crc32c " + crc(text) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The body of a file of this kind, without the last line's end.
     *
     * @param bytes of the file, {@code [bytes]}
     * @param file where it is, for errors
     * @param remedy what to do about one that cannot be read
     * @throws IllegalStateException if it is of another kind or version, or damaged
     */
    public String read(byte[] bytes, Object file, String remedy) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        Matcher parts = FILE.matcher(text);
        if (!parts.matches() || !parts.group(1).equals(name)) {
            throw new IllegalStateException(file + " is no " + name + " file, or damaged; " + remedy);
        }
        if (!parts.group(2).equals(Integer.toString(version))) {
            throw new IllegalStateException(file + " has format " + parts.group(2) + " of " + name
                    + ", this release reads " + version + "; " + remedy);
        }
        Matcher checked = CHECKED.matcher(text);
        if (!checked.matches() || !checked.group(2).equals(crc(checked.group(1)))) {
            throw new IllegalStateException(file + " is damaged (its checksum differs); " + remedy);
        }
        return checked.group(1)
                .substring((name + " " + version + "\n").length())
                .strip();
    }

    private static String crc(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }
}
