package io.freshet.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Objects;

/** Files as a release wrote them, made by hand from the descriptions of the layouts. */
public final class Golden {
    private Golden() {}

    /** A file as it is. */
    public static byte[] file(String name) {
        try (InputStream in = Golden.class.getResourceAsStream("/golden/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(name, e);
        }
    }

    /** Bytes from a file of hexadecimal digits. */
    public static byte[] hex(String name) {
        return HexFormat.of()
                .parseHex(new String(file(name + ".hex"), StandardCharsets.US_ASCII).replaceAll("\\s", ""));
    }
}
