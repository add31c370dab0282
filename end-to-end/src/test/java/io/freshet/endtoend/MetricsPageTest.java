package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.endtoend.budget.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code docs/metrics.md} has the metrics that the sources name, all of them and no others. */
class MetricsPageTest {
    private static final Pattern IN_CODE = Pattern.compile("\"(freshet_[a-z_]*[a-z])");
    private static final Pattern ON_PAGE = Pattern.compile("(?m)^\\| `(freshet_[a-z_]*[a-z])`");

    @Test
    void thePageHasTheMetricsThatThereAre() throws IOException {
        Set<String> named = new TreeSet<>();
        for (Path source : SourceTree.main()) {
            named.addAll(names(IN_CODE, source));
        }
        assertThat(named).hasSizeGreaterThan(30);
        assertThat(names(ON_PAGE, Path.of("../docs/metrics.md"))).isEqualTo(named);
    }

    private static Set<String> names(Pattern pattern, Path file) throws IOException {
        Set<String> names = new TreeSet<>();
        for (MatchResult found :
                pattern.matcher(Files.readString(file)).results().toList()) {
            names.add(found.group(1));
        }
        return names;
    }
}
