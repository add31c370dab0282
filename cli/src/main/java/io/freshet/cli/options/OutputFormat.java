package io.freshet.cli.options;

import picocli.CommandLine.Option;

/** The option that says how a command prints. */
public final class OutputFormat {
    @Option(
            names = {"-o", "--output"},
            defaultValue = "table",
            description = "table or json")
    private String format = "";

    /**
     * Whether JSON was asked for; a table else.
     *
     * @throws UsageException if it is neither
     */
    public boolean isJson() {
        return switch (format) {
            case "json" -> true;
            case "table" -> false;
            default -> throw new UsageException("--output " + format + ": expected table or json");
        };
    }
}
