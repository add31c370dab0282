package io.freshet.cli.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.freshet.cli.options.UsageException;
import picocli.CommandLine.Option;

/** How a command prints. */
final class Output {
    @Option(
            names = {"-o", "--output"},
            defaultValue = "table",
            description = "table or json")
    private String format = "";

    /** Prints a value as JSON, if that was asked for; else says no. */
    boolean json(Object value) throws JsonProcessingException {
        if (!format.equals("json") && !format.equals("table")) {
            throw new UsageException("--output " + format + ": expected table or json");
        }
        boolean asked = format.equals("json");
        if (asked) {
            System.out.println(new ObjectMapper()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .writeValueAsString(value));
        }
        return asked;
    }
}
