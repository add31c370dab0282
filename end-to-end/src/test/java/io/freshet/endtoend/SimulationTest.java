package io.freshet.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.benchmarks.simulation.Mutation;
import io.freshet.benchmarks.simulation.Simulation;
import io.freshet.benchmarks.simulation.Violation;
import io.freshet.benchmarks.simulation.Violation.Invariant;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The simulation holds with the product as it is, and finds every planted bug. */
class SimulationTest {
    private static final int SEEDS = 300;
    /** Within so many schedules a planted bug is found. */
    private static final int PATIENCE = 150;

    @Test
    void theProductHolds() {
        int restarts = 0;
        int bootstraps = 0;
        try (Simulation simulation = new Simulation(Mutation.NONE)) {
            for (long seed = 1; seed <= SEEDS; seed++) {
                Simulation.Outcome outcome = simulation.run(seed);
                assertThat(outcome.violation())
                        .as("'freshet bench simulation --seed %d --trace' shows it", seed)
                        .isNull();
                restarts += outcome.restarts();
                bootstraps += outcome.bootstraps();
            }
        }
        assertThat(restarts).as("restarts of the job").isGreaterThan(SEEDS / 2);
        assertThat(bootstraps).as("snapshots restored by followers").isGreaterThan(SEEDS);
    }

    @Test
    void aSeedIsASchedule() {
        try (Simulation one = new Simulation(Mutation.NONE);
                Simulation other = new Simulation(Mutation.NONE)) {
            for (long seed = 20; seed > 10; seed--) {
                assertThat(one.run(seed)).isEqualTo(other.run(seed));
            }
            assertThat(one.run(11).fingerprint()).isNotEqualTo(one.run(12).fingerprint());
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aPlantedBugIsFound(Mutation mutation) {
        try (Simulation simulation = new Simulation(mutation)) {
            for (long seed = 1; seed <= PATIENCE; seed++) {
                Simulation.Outcome outcome = simulation.run(seed);
                @Nullable Violation found = outcome.violation();
                if (found != null) {
                    System.out.println(mutation + " is found by seed " + seed + ": " + found.getMessage());
                    assertThat(found.invariant()).isIn(expected(mutation));
                    Simulation.Outcome smallest = simulation.shrink(outcome);
                    assertThat(smallest.violation()).isNotNull();
                    assertThat(smallest.faults())
                            .hasSizeLessThanOrEqualTo(outcome.faults().size());
                    return;
                }
            }
        }
        throw new AssertionError(mutation + " was not found in " + PATIENCE + " schedules");
    }

    /** What a planted bug breaks; some are seen first by the product's own checks. */
    private static Set<Invariant> expected(Mutation mutation) {
        return switch (mutation) {
            case NONE -> Set.of();
            case SOURCE_SKIPS_A_RECORD, SOURCE_REPEATS_A_RECORD, WATERMARK_OVERTAKES, BARRIER_OVERTAKES ->
                EnumSet.of(Invariant.SAME_BITS, Invariant.EXACTLY_ONCE, Invariant.NO_ERROR);
            case OPEN_EVENTS_FORGOTTEN, CLOCKS_FORGOTTEN, ARRIVAL_ORDER, EXCHANGE_DOES_NOT_WAIT ->
                EnumSet.of(Invariant.SAME_BITS, Invariant.EXACTLY_ONCE, Invariant.NO_ERROR);
            case ACKNOWLEDGED_BEFORE_UPLOADED, EXPIRED_BEHIND_THE_END -> EnumSet.of(Invariant.RESTORABLE);
            case MARKER_NOT_AWAITED -> EnumSet.of(Invariant.FAITHFUL_FOLLOWER);
        };
    }
}
