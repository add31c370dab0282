package io.freshet.endtoend.budget;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.endtoend.budget.JavaSource.Member;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Budgets of the source tree; they only tighten. What is larger is named in {@link #EXCEPTIONS}, with its reason. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BudgetTest {
    private static final String JIT = "a loop that the JIT must see whole, with its registers: decision 12";

    /** {@code budget name}, and why; one that is not needed any more fails. */
    private static final Map<String, String> EXCEPTIONS = Map.of(
            "method Panels.four", JIT,
            "method Panels.fourColumns", JIT,
            "method NarrowPanels.eight", JIT,
            "method NarrowPanels.eightColumns", JIT,
            "method VectorProducts.block8x2", JIT,
            "method VectorNormRow.backward", JIT);

    /** Decisions and experiments up to this one were written before documents had a budget, and are never edited. */
    private static final int LAST_UNWRAPPED_DECISION = 30;

    private static final Pattern DATED = Pattern.compile(".*/(decisions|experiments)/(\\d{4})-.*\\.md");
    private static final Pattern VAGUE_NAME =
            Pattern.compile(".*(Manager|Helper|Utils?|Common|Base|Impl|Processor|Handler)");
    private static final Pattern QUALIFIED =
            Pattern.compile("\\b(java|javax|io|org|com|jdk)(\\.[a-z]\\w*)+\\.[A-Z]\\w*");

    private final TreeSet<String> unused = new TreeSet<>(EXCEPTIONS.keySet());
    private List<JavaSource> sources = List.of();

    @BeforeAll
    void read() throws IOException {
        sources = SourceTree.sources();
        assertThat(sources).hasSizeGreaterThan(300);
    }

    private boolean isExcepted(String budget, String name) {
        unused.remove(budget + " " + name);
        return EXCEPTIONS.containsKey(budget + " " + name);
    }

    private Stream<JavaSource> main() {
        return sources.stream().filter(JavaSource::isMain);
    }

    private static int percentile(List<Integer> sizes, int percent) {
        List<Integer> sorted = sizes.stream().sorted().toList();
        return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100));
    }

    private List<String> members(String budget, Predicate<Member> tooLarge) {
        List<String> found = new ArrayList<>();
        for (JavaSource source : sources) {
            for (Member member : source.members()) {
                if (tooLarge.test(member) && !isExcepted(budget, member.name())) {
                    found.add(source.path() + ": " + member);
                }
            }
        }
        return found;
    }

    @Test
    void filesFitInTheHead() {
        assertThat(sources.stream()
                        .filter(source -> source.lines().size() > 500)
                        .map(JavaSource::path))
                .isEmpty();
        List<Integer> sizes = main().filter(source -> !source.name().equals("package-info"))
                .map(source -> source.lines().size())
                .toList();
        assertThat(percentile(sizes, 50)).as("lines of the median file").isLessThanOrEqualTo(120);
    }

    @Test
    void linesFitOnTheScreen() {
        List<String> found = new ArrayList<>();
        for (JavaSource source : sources) {
            wide(source.path(), source.lines(), found);
        }
        assertThat(found).isEmpty();
    }

    @Test
    void documentsFitOnTheScreen() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path document : SourceTree.documents()) {
            Matcher dated = DATED.matcher(document.toString());
            if (!dated.matches() || Integer.parseInt(dated.group(2)) > LAST_UNWRAPPED_DECISION) {
                wide(document, Files.readAllLines(document), found);
            }
        }
        assertThat(found).isEmpty();
    }

    private static void wide(Path file, List<String> lines, List<String> found) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).length() > 120) {
                found.add(file + ":" + (i + 1) + " has " + lines.get(i).length() + " columns");
            }
        }
    }

    @Test
    void methodsFitInTheHead() {
        assertThat(members("method", member -> member.lines() > 60)).isEmpty();
        List<Integer> sizes = main().flatMap(source -> source.members().stream())
                .map(Member::lines)
                .filter(lines -> lines > 0)
                .toList();
        assertThat(percentile(sizes, 99)).as("lines of a method, 99 of 100").isLessThanOrEqualTo(45);
    }

    @Test
    void parametersAreFew() {
        assertThat(members("parameters", member -> !member.isRecord() && member.parameters() > 6))
                .isEmpty();
    }

    @Test
    void recordsHaveParts() {
        assertThat(members("record", member -> member.isRecord() && member.parameters() > 12))
                .isEmpty();
    }

    @Test
    void packagesAreRoomsOfTwenty() {
        Map<Path, Integer> packages = new TreeMap<>();
        sources.forEach(source -> packages.merge(source.path().getParent(), 1, Integer::sum));
        packages.values().removeIf(files -> files <= 20);
        assertThat(packages).isEmpty();
    }

    /** Simulation, faults and benchmarks are neither: they would make the ratio look better, or worse. */
    @Test
    void whatIsWrittenIsTested() {
        long main = 0;
        long test = 0;
        for (JavaSource source : sources) {
            if (!source.module().equals("verification") && !source.module().equals("benchmarks")) {
                main += source.isMain() ? source.lines().size() : 0;
                test += source.isMain() ? 0 : source.lines().size();
            }
        }
        assertThat((double) test / main).as("lines of tests a line of " + main).isGreaterThanOrEqualTo(0.6);
    }

    @Test
    void namesAreImported() {
        List<String> found = new ArrayList<>();
        for (JavaSource source : sources) {
            List<String> code = source.code().lines().toList();
            for (int i = 0; i < code.size() && !source.name().equals("package-info"); i++) {
                Matcher qualified = QUALIFIED.matcher(code.get(i));
                if (!code.get(i).matches("(import|package) .*") && qualified.find()) {
                    found.add(source.path() + ":" + (i + 1) + " " + qualified.group());
                }
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void namesSayWhatAClassIs() {
        assertThat(sources.stream()
                        .map(JavaSource::name)
                        .filter(name -> VAGUE_NAME.matcher(name).matches()))
                .isEmpty();
    }

    @Test
    void everyPackageIsDescribed() {
        assertThat(main().map(source -> source.path().resolveSibling("package-info.java"))
                        .filter(file -> !Files.exists(file)))
                .isEmpty();
    }

    @AfterAll
    void noExceptionIsStale() {
        assertThat(unused).as("exceptions that nothing needs any more").isEmpty();
    }
}
