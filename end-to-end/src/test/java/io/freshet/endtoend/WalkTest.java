package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The walks of {@code docs/architecture.md} are straight: every step names a method that there is, in a class whose
 * name there is once; who is said to call it does; and no walk comes back to a package that it has left.
 */
class WalkTest {
    private static final Path PAGE = Path.of("../docs/architecture.md");
    private static final Pattern STEP =
            Pattern.compile("\\d+\\. `(\\w+)\\.(\\w+)`(?:, called by `(\\w+)\\.(\\w+)`)?.*");
    private static final Pattern CLASS = Pattern.compile("`([A-Z]\\w*[a-z]\\w*)`");

    /**
     * A step of a walk.
     *
     * @param callerClass empty if it is called by no class of the project
     */
    private record Step(String className, String method, String callerClass, String callerMethod, String text) {}

    @Test
    void theWalkOfAnEventIsStraight() throws IOException {
        List<Step> walk = walk("## The walk of one event");
        assertThat(walk).hasSize(9);
        check(walk);
    }

    @Test
    void theWalkOfAQuestionIsStraight() throws IOException {
        List<Step> walk = walk("## The walk of one question");
        assertThat(walk).hasSizeGreaterThan(3);
        check(walk);
    }

    private static void check(List<Step> walk) throws IOException {
        MainSources sources = MainSources.read();
        List<String> left = new ArrayList<>();
        Map<String, Integer> calledAt = new HashMap<>();
        String room = "";
        for (Step step : walk) {
            String name = step.className() + "." + step.method();
            String here = MainSources.packageOf(sources.only(step.className()));
            if (!here.equals(room)) {
                assertThat(left).as(name + " is in a room that was left").doesNotContain(here);
                left.add(room);
                room = here;
            }
            assertThat(sources.methods(step.className(), step.method()))
                    .as("the method " + name)
                    .isNotEmpty();
            if (!step.callerClass().isEmpty()) {
                String caller = step.callerClass() + "." + step.callerMethod();
                int at =
                        sources.methods(step.callerClass(), step.callerMethod()).indexOf("." + step.method() + "(");
                assertThat(at)
                        .as(caller + " calls " + name + ", behind what it called before")
                        .isGreaterThan(calledAt.getOrDefault(caller, -1));
                calledAt.put(caller, at);
            }
            for (MatchResult named : CLASS.matcher(step.text()).results().toList()) {
                assertThat(sources.of(named.group(1)))
                        .as("sources of " + named.group(1))
                        .isNotEmpty();
            }
        }
    }

    private static List<Step> walk(String heading) throws IOException {
        List<String> lines = Files.readAllLines(PAGE);
        int begin = lines.indexOf(heading);
        assertThat(begin).as(heading + " of " + PAGE).isNotNegative();
        List<StringBuilder> items = new ArrayList<>();
        for (String line : lines.subList(begin + 1, lines.size())) {
            if (line.startsWith("## ")) {
                break;
            } else if (line.matches("\\d+\\. .*")) {
                items.add(new StringBuilder(line));
            } else if (line.startsWith("   ") && !items.isEmpty()) {
                items.get(items.size() - 1).append(' ').append(line.strip());
            }
        }
        return items.stream().map(item -> step(item.toString())).toList();
    }

    private static Step step(String item) {
        Matcher step = STEP.matcher(item);
        assertThat(step.matches())
                .as("a step begins with `Class.method`: " + item)
                .isTrue();
        String caller = step.group(3) == null ? "" : step.group(3);
        String callerMethod = step.group(4) == null ? "" : step.group(4);
        return new Step(step.group(1), step.group(2), caller, callerMethod, item);
    }
}
