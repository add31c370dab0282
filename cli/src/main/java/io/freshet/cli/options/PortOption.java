package io.freshet.cli.options;

/** What every option that names a port takes. */
public final class PortOption {
    private static final int LAST = 65_535;

    private PortOption() {}

    /**
     * Looks at a port; 0 stands for any.
     *
     * @throws UsageException naming the option, if there is no such port
     */
    public static void require(String option, int port) {
        if (port < 0 || port > LAST) {
            throw new UsageException(option + " " + port + ": expected 0 to " + LAST);
        }
    }
}
