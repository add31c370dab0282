package io.freshet.cli.options;

/** Text of others as a terminal may show it. */
public final class PlainText {
    private PlainText() {}

    /** Ids come from the log and may be hostile: control characters never reach the terminal. */
    public static String of(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }
}
