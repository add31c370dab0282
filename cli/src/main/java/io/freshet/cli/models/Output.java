package io.freshet.cli.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.freshet.cli.options.OutputFormat;
import picocli.CommandLine.Mixin;

/** How a command prints. */
final class Output {
    @Mixin
    private OutputFormat format = new OutputFormat();

    /** Prints a value as JSON, if that was asked for; else says no. */
    boolean json(Object value) throws JsonProcessingException {
        boolean asked = format.isJson();
        if (asked) {
            System.out.println(new ObjectMapper()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .writeValueAsString(value));
        }
        return asked;
    }
}
