package io.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The page of commands has what the commands say of themselves. With {@code -Dfreshet.write-pages=true} it is written
 * instead of compared.
 */
class CommandsPageTest {
    private static final Path PAGE = Path.of("../docs/commands.md");
    private static final String BEGIN = "<!-- What follows is written by CommandsPageTest. -->\n";

    @Test
    void thePageIsWhatTheCommandsSay() throws IOException {
        String page = Files.readString(PAGE);
        int at = page.indexOf(BEGIN);
        assertThat(at).as("the place of the reference in " + PAGE).isPositive();
        String expected = page.substring(0, at) + BEGIN + reference();
        if (Boolean.getBoolean("freshet.write-pages")) {
            Files.writeString(PAGE, expected);
        }
        assertThat(Files.readString(PAGE)).isEqualTo(expected);
    }

    @Test
    void thePageFitsItsColumns() throws IOException {
        assertThat(Files.readAllLines(PAGE))
                .allSatisfy(line -> assertThat(line.length()).as(line).isLessThanOrEqualTo(120));
    }

    private static String reference() {
        StringBuilder page = new StringBuilder();
        Freshet.commandLine().getSubcommands().forEach((name, command) -> describe("freshet " + name, command, page));
        return page.toString();
    }

    private static void describe(String name, CommandLine command, StringBuilder page) {
        CommandSpec spec = command.getCommandSpec();
        page.append("\n## ").append(name).append("\n\n");
        page.append(String.join("\n", text(spec.usageMessage().description()))).append('\n');
        List<String> rows = new ArrayList<>();
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            rows.add(row("`" + parameter.paramLabel() + "`", parameter.description(), parameter.defaultValue(), ""));
        }
        for (OptionSpec option : spec.options()) {
            if (!option.usageHelp() && !option.versionHelp()) {
                rows.add(option(option));
            }
        }
        if (!rows.isEmpty()) {
            page.append('\n').append(String.join("", rows));
        }
        String[] footer = spec.usageMessage().footer();
        if (footer.length > 0) {
            page.append("\n```\n").append(String.join("\n", footer)).append("\n```\n");
        }
        for (Map.Entry<String, CommandLine> sub : command.getSubcommands().entrySet()) {
            describe(name + " " + sub.getKey(), sub.getValue(), page);
        }
    }

    private static String option(OptionSpec option) {
        boolean flag = option.arity().max() == 0;
        Object initial = option.initialValue();
        String value = option.defaultValue() != null
                ? option.defaultValue()
                : flag || initial == null ? null : initial.toString().toLowerCase(Locale.ROOT);
        ArgGroupSpec group = option.group();
        boolean oneOf =
                group != null && group.exclusive() && group.multiplicity().min() > 0;
        boolean required = option.required() && !oneOf;
        String names = String.join("`, `", option.names());
        return row(
                "`" + names + (flag ? "" : " " + option.paramLabel().replaceAll("[<>]", "")) + "`",
                option.description(),
                required ? null : value,
                required ? "required" : oneOf ? "one of " + names(group) + " is required" : "");
    }

    private static String names(ArgGroupSpec group) {
        return group.options().stream()
                .map(option -> "`" + option.longestName() + "`")
                .sorted()
                .collect(Collectors.joining(" and "));
    }

    private static String row(String names, String[] description, String value, String note) {
        StringBuilder text = new StringBuilder("- " + names + ": " + String.join(" ", text(description)));
        if (value != null && !value.matches("|\\[]|\\{}")) {
            text.append("; default `").append(value).append('`');
        }
        text.append(note.isEmpty() ? "" : "; " + note);
        return wrapped(text.append('.').toString());
    }

    private static String[] text(String[] lines) {
        String[] all = lines.clone();
        for (int i = 0; i < all.length; i++) {
            all[i] = all[i].replace("%n", "\n").replace("%%", "%");
        }
        return all;
    }

    private static String wrapped(String text) {
        StringBuilder lines = new StringBuilder();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ")) {
            if (line.length() + word.length() + 1 > 118) {
                lines.append(line).append('\n');
                line = new StringBuilder("  ").append(word);
            } else {
                line.append(line.isEmpty() ? "" : " ").append(word);
            }
        }
        return lines.append(line).append('\n').toString();
    }
}
