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

    private static final String REFERENCE = "a reference that is read from top to bottom, as its formula";

    /** {@code budget name}, and why; one that is not needed any more fails. */
    private static final Map<String, String> EXCEPTIONS = Map.ofEntries(
            Map.entry("method Panels.four", JIT),
            Map.entry("method Panels.fourColumns", JIT),
            Map.entry("method NarrowPanels.eight", JIT),
            Map.entry("method NarrowPanels.eightColumns", JIT),
            Map.entry("method VectorProducts.block8x2", JIT),
            Map.entry("method VectorNormRow.backward", JIT),
            Map.entry("method ShardedSoftmaxTest.sharded", REFERENCE),
            Map.entry("method HstuEncoderTest.queriesAndGradientsAreThoseOfABatchThatSupervisesEveryRow", REFERENCE),
            Map.entry("parameters StepTrainerFloat64Test.checkDense", REFERENCE),
            Map.entry("parameters StepTrainerFloat64Test.checkRows", REFERENCE),
            Map.entry("parameters Kernels.countAbove", "it runs once a step, on arguments that no record would group"),
            Map.entry("parameters Settings.Settings", "the canonical constructor of a record within its own budget"),
            Map.entry("record LedgerReport", "one component for every figure of the report that it is written as"),
            Map.entry("package gpu-kernels/src/test/java/io/freshet/kernel/cpu", "one contract and its devices"),
            Map.entry("package end-to-end/src/test/java/io/freshet/endtoend/field", "the field's rows and their rig"));

    /** Arguments of its loops stay in registers; what a record of them cost was measured: decision 12. */
    private static final String LOOPS = "../gpu-kernels/src/(main|test)/java/io/freshet/kernel/cpu/.*";

    /** Decisions and experiments up to these were written before documents had a budget, and are never edited. */
    private static final int LAST_UNWRAPPED_DECISION = 30;

    private static final String LAST_UNWRAPPED_EXPERIMENT = "2026-11-27";
    private static final Pattern DECISION = Pattern.compile(".*/decisions/(\\d{4})-.*\\.md");
    private static final Pattern EXPERIMENT = Pattern.compile(".*/experiments/([\\d-]{10})-.*\\.md");
    private static final Pattern VAGUE_NAME =
            Pattern.compile(".*(Manager|Helper|Utils?|Common|Base|Impl|Processor|Handler)");
    /** A line of a comment that is neither a tag nor markup. */
    private static final Pattern PROSE = Pattern.compile("\\s* \\* ([^@<{ -].*)");
    /** A line whose next word would have ended before this was broken for nothing. */
    private static final int TORN_COLUMNS = 100;

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

    /** A formatter that breaks a long line leaves a short one; tables, lists and tags may be as short as they like. */
    @Test
    void commentsAreNotTorn() {
        List<String> found = new ArrayList<>();
        for (JavaSource source : sources) {
            boolean isTable = false;
            for (int i = 0; i + 1 < source.lines().size(); i++) {
                String line = source.lines().get(i);
                isTable = (isTable || line.contains("<pre>")) && !line.contains("</pre>");
                Matcher words = PROSE.matcher(line);
                Matcher next = PROSE.matcher(source.lines().get(i + 1));
                if (!isTable && words.matches() && next.matches()) {
                    String first = next.group(1).split(" ", 2)[0];
                    if (line.length() + 1 + first.length() <= TORN_COLUMNS && !line.matches(".*[.:>;]")) {
                        found.add(source.path() + ":" + (i + 1) + " ends early");
                    }
                }
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    void documentsFitOnTheScreen() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path document : SourceTree.documents()) {
            Matcher decision = DECISION.matcher(document.toString());
            Matcher experiment = EXPERIMENT.matcher(document.toString());
            boolean old = decision.matches() && Integer.parseInt(decision.group(1)) <= LAST_UNWRAPPED_DECISION
                    || experiment.matches() && experiment.group(1).compareTo(LAST_UNWRAPPED_EXPERIMENT) <= 0;
            if (!old) {
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
                .allMatch(found -> found.matches(LOOPS));
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
        packages.keySet().removeIf(room -> isExcepted("package", room.toString().substring("../".length())));
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
                if (!code.get(i).matches("(import|package) .*")
                        && qualified.find()
                        && !isTakenHere(source, qualified.group())) {
                    found.add(source.path() + ":" + (i + 1) + " " + qualified.group());
                }
            }
        }
        assertThat(found).isEmpty();
    }

    /** Whether the file imports another class of the tree that has the simple name. */
    private boolean isTakenHere(JavaSource source, String qualified) {
        String simple = qualified.substring(qualified.lastIndexOf('.') + 1);
        return sources.stream()
                .anyMatch(other -> other.name().equals(simple)
                        && source.code().contains("." + simple + ";")
                        && !source.code().contains("import " + qualified + ";"));
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
