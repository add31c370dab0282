package io.freshet.cli.options;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations with their unit, as the configuration has them: {@code 250 ms}; a bare number is milliseconds. */
public final class DurationOption implements ITypeConverter<Duration> {
    private static final Pattern AMOUNT = Pattern.compile("([0-9]{1,12}(?:\\.[0-9]{1,6})?)\\s*(ms|s|min|h|)");

    @Override
    public Duration convert(String text) {
        Matcher amount = AMOUNT.matcher(text.strip());
        if (!amount.matches()) {
            throw new TypeConversionException(
                    "'" + text + "' is no duration; expected a number and its unit: 250 ms, 2 s, 1 min, 1 h");
        }
        double unit = switch (amount.group(2)) {
            case "s" -> 1000;
            case "min" -> 60_000;
            case "h" -> 3_600_000;
            default -> 1;
        };
        long millis = Math.round(Double.parseDouble(amount.group(1)) * unit);
        if (millis <= 0) {
            throw new TypeConversionException("'" + text + "' is no time at all; expected at least 1 ms");
        }
        return Duration.ofMillis(millis);
    }
}
