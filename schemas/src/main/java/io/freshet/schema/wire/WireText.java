package io.freshet.schema.wire;

import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;

/** Rules of text at the edge. Text that UTF-8 cannot hold is refused, since different ids would become one. */
public final class WireText {
    /** Longest id, in characters. */
    public static final int MAX_ID = 256;

    private WireText() {}

    /** The text of an Avro string. */
    public static String of(Object avro) throws RejectedException {
        String text = avro.toString();
        if (text.indexOf('\uFFFD') >= 0 && avro instanceof Utf8 utf8 && !utf8.equals(new Utf8(text))) {
            throw new RejectedException(RejectReason.MALFORMED, "a string that is not UTF-8");
        }
        return text;
    }

    /** The text of an optional Avro string. */
    public static @Nullable String ofNullable(@Nullable Object avro) throws RejectedException {
        return avro == null ? null : of(avro);
    }

    /** Whether the text can be an id: not empty, of bounded length, without control characters. */
    public static boolean isId(String text) {
        return !text.isEmpty()
                && text.length() <= MAX_ID
                && isWellFormed(text)
                && text.chars().noneMatch(Character::isISOControl);
    }

    /** Whether every surrogate has its pair. */
    public static boolean isWellFormed(String text) {
        return text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    /** Throws unless the text can be an id. */
    public static void requireId(String name, String text) {
        if (!isId(text)) {
            throw new IllegalArgumentException(name + " of " + text.length() + " characters: expected 1 to " + MAX_ID
                    + " without control characters");
        }
    }

    /** Throws unless the text is well-formed and of bounded length. */
    public static void requireText(String name, String text, int longest) {
        if (text.length() > longest || !isWellFormed(text)) {
            throw new IllegalArgumentException(
                    name + " of " + text.length() + " characters: expected at most " + longest + " of Unicode text");
        }
    }
}
