package io.freshet.dataset;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a file, each decoded strictly: a line whose bytes are not of the encoding comes with the reason instead
 * of with characters that stand for nothing. A byte order mark says more than the encoding that was declared.
 */
public final class LineReader implements Closeable {
    /** Most bytes of a line; a file without line ends must not fill the memory. */
    static final int MOST_BYTES = 16 << 20;

    private static final char REPLACEMENT = '\ufffd';

    /**
     * A line.
     *
     * @param number from 1
     * @param text without its end; empty if it cannot be decoded
     * @param problem why it cannot be decoded; empty if it can
     */
    public record Line(long number, String text, String problem) {}

    private final InputStream in;
    private final Charset charset;
    private final CharsetDecoder decoder;
    /** For UTF-16, whose line ends are no single bytes; null for others. */
    private final @Nullable BufferedReader wide;

    /** 64 KiB. */
    private final byte[] buffer = new byte[1 << 16];

    private int at;
    private int filled;
    private long number;

    private LineReader(InputStream in, Charset declared) throws IOException {
        this.in = in;
        while (filled < 3 && fillMore()) {
            // A pipe may give one byte at a time.
        }
        boolean utf16 = starts(0xff, 0xfe) || starts(0xfe, 0xff);
        boolean utf8 = starts(0xef, 0xbb, 0xbf);
        at = utf8 ? 3 : 0;
        charset = utf16 ? StandardCharsets.UTF_16 : utf8 ? StandardCharsets.UTF_8 : declared;
        decoder = charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        InputStream all = new SequenceInputStream(new ByteArrayInputStream(Arrays.copyOf(buffer, filled)), in);
        wide = utf16 ? new BufferedReader(new InputStreamReader(all, charset)) : null;
    }

    /**
     * Begins to read.
     *
     * @param charset of files without a byte order mark
     */
    public static LineReader of(InputStream in, Charset charset) throws IOException {
        return new LineReader(in, charset);
    }

    /**
     * A file, compressed or not, in UTF-8 unless its mark says UTF-16.
     *
     * @throws DataFileException if it is not there, empty, or a container that is not read
     */
    public static LineReader of(Path path) throws IOException {
        return of(DataFile.open(path), StandardCharsets.UTF_8);
    }

    private boolean starts(int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            if (i >= filled || (buffer[i] & 0xff) != bytes[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean fillMore() throws IOException {
        int read = in.read(buffer, filled, buffer.length - filled);
        filled += Math.max(0, read);
        return read > 0;
    }

    private boolean refill() throws IOException {
        at = 0;
        filled = 0;
        return fillMore();
    }

    /** The next line, or null behind the last. */
    public @Nullable Line next() throws IOException {
        if (wide != null) {
            String text = wide.readLine();
            number += text == null ? 0 : 1;
            return text == null
                    ? null
                    : text.indexOf(REPLACEMENT) < 0 ? new Line(number, text, "") : new Line(number, "", "not UTF-16");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        boolean any = false;
        boolean ended = false;
        boolean whole = true;
        while (!ended && (at < filled || refill())) {
            any = true;
            int end = at;
            while (end < filled && buffer[end] != '\n') {
                end++;
            }
            int length = Math.min(end - at, MOST_BYTES - bytes.size());
            bytes.write(buffer, at, length);
            whole &= length == end - at;
            ended = end < filled;
            at = end + 1;
        }
        if (!any) {
            return null;
        }
        number++;
        return whole ? decode(bytes.toByteArray()) : new Line(number, "", "longer than " + MOST_BYTES + " bytes");
    }

    private Line decode(byte[] line) {
        int length = line.length > 0 && line[line.length - 1] == '\r' ? line.length - 1 : line.length;
        boolean ascii = true;
        for (int i = 0; i < length; i++) {
            ascii &= line[i] > 0;
            if (line[i] == 0) {
                return new Line(number, "", "a zero byte at " + (i + 1) + ": binary, or UTF-16 without its mark");
            }
        }
        if (ascii) {
            return new Line(number, new String(line, 0, length, StandardCharsets.ISO_8859_1), "");
        }
        ByteBuffer bytes = ByteBuffer.wrap(line, 0, length);
        try {
            return new Line(number, decoder.decode(bytes).toString(), "");
        } catch (CharacterCodingException e) {
            int place = Math.min(bytes.position(), length - 1);
            String found = HexFormat.of().withUpperCase().toHexDigits(line[place]);
            return new Line(number, "", "not " + charset + ": byte " + found + " at " + (place + 1));
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
