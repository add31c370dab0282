package io.freshet.kernel.cpu;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a test run demands of its machine: {@code -Dfreshet.test.demand=bf16,other-jdk}. Tests of something that is not
 * there are skipped, with the reason; where it is demanded they fail, so that a machine that has it proves it.
 *
 * @param names what is demanded
 */
record DeviceDemand(Set<String> names) {
    static final String PROPERTY = "freshet.test.demand";

    static final String BF16 = "bf16";
    static final String OTHER_JDK = "other-jdk";

    private static final Set<String> KNOWN = Set.of(BF16, OTHER_JDK);

    /** The demand of this run. */
    static DeviceDemand ofThisRun() {
        return of(System.getProperty(PROPERTY, ""));
    }

    /**
     * A demand as it is written: names with commas between.
     *
     * @throws IllegalArgumentException for a name that nothing asks about: a slip would demand nothing
     */
    static DeviceDemand of(String list) {
        Set<String> names = Arrays.stream(list.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
        for (String name : names) {
            if (!KNOWN.contains(name)) {
                throw new IllegalArgumentException("-D" + PROPERTY + "=" + list + ": nothing is called " + name
                        + "; there are " + new TreeSet<>(KNOWN));
            }
        }
        return new DeviceDemand(names);
    }

    /** Goes on if there is no reason against it; else skips the test, or fails it if the name is demanded. */
    void require(String name, Optional<String> reason) {
        if (reason.isEmpty()) {
            return;
        }
        if (names.contains(name)) {
            fail("-D" + PROPERTY + " demands " + name + ", and it is not here: " + reason.get());
        }
        abort("no " + name + " here: " + reason.get());
    }
}
