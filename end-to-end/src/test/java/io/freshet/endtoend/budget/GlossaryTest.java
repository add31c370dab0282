package io.freshet.endtoend.budget;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The glossary defines words that the code uses, in order, and no identifier is a word that it has retired. */
class GlossaryTest {
    private static final Path GLOSSARY = Path.of("../docs/glossary.md");
    private static final String RETIRED = "## Words that are not used";
    private static final Pattern TERM = Pattern.compile("\\*\\*([^*]+)\\*\\*");
    private static final Pattern ENTRY = Pattern.compile("- \\*\\*([^*]+)\\*\\*");
    private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_]\\w*");
    private static final Pattern OLD = Pattern.compile("`([A-Za-z_]\\w*)`");

    private static String part(boolean retired) throws IOException {
        String[] parts = Files.readString(GLOSSARY).split(RETIRED, -1);
        assertThat(parts).hasSize(2);
        return parts[retired ? 1 : 0];
    }

    private static Set<String> matches(Pattern pattern, String text) {
        Set<String> found = new TreeSet<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(matcher.groupCount()));
        }
        return found;
    }

    /** A word as it may stand in an identifier, in a comment or in a text. */
    private static String plain(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    @Test
    void everyTermOccursInTheCode() throws IOException {
        StringBuilder all = new StringBuilder();
        SourceTree.sources().forEach(source -> all.append(plain(String.join("", source.lines()))));
        String code = all.toString();
        Set<String> terms = matches(TERM, part(false));
        assertThat(terms).hasSizeGreaterThan(30);
        assertThat(terms).allMatch(term -> code.contains(plain(term)));
    }

    @Test
    void termsAreSorted() throws IOException {
        List<String> terms = new ArrayList<>();
        Matcher matcher = ENTRY.matcher(part(false));
        while (matcher.find()) {
            terms.add(matcher.group(1));
        }
        assertThat(terms).isSortedAccordingTo(String.CASE_INSENSITIVE_ORDER).doesNotHaveDuplicates();
    }

    @Test
    void noRetiredWordComesBack() throws IOException {
        Set<String> retired = new TreeSet<>();
        part(true)
                .lines()
                .filter(line -> line.startsWith("- "))
                .forEach(line -> retired.addAll(matches(OLD, line.substring(0, line.indexOf(':')))));
        assertThat(retired).hasSizeGreaterThan(20).contains("Transitions", "Spotlight");
        Set<String> used = new TreeSet<>();
        for (var source : SourceTree.sources()) {
            matches(IDENTIFIER, source.code()).stream()
                    .filter(retired::contains)
                    .forEach(word -> used.add(word + " in " + source.path()));
        }
        assertThat(used).isEmpty();
    }
}
