package io.freshet.verification.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.verification.simulation.schedule.Fault;
import io.freshet.verification.simulation.schedule.Mutation;
import io.freshet.verification.simulation.schedule.Violation;
import io.freshet.verification.simulation.schedule.Violation.Invariant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The simulation holds with the product as it is, and finds every planted bug by what it breaks. */
class SimulationIT {
    private static final int SEEDS = 240;
    /** Within so many schedules a planted bug is found. */
    private static final int PATIENCE = 300;

    @Test
    void theProductHolds() {
        int restarts = 0;
        int bootstraps = 0;
        int refusals = 0;
        try (Simulation simulation = new Simulation(Mutation.NONE)) {
            for (long seed = 1; seed <= SEEDS; seed++) {
                Simulation.Outcome outcome = simulation.run(seed);
                assertThat(outcome.violation())
                        .as("'freshet bench simulation --seed %d --trace' shows it", seed)
                        .isNull();
                restarts += outcome.restarts();
                bootstraps += outcome.bootstraps();
                refusals += outcome.refusals();
            }
        }
        assertThat(restarts).as("restarts of the job").isGreaterThan(SEEDS / 2);
        assertThat(bootstraps).as("snapshots restored by followers").isGreaterThan(SEEDS);
        assertThat(refusals).as("logs that were not what they had been").isPositive();
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
                Simulation.Outcome outcome = simulation.run(seed, faults(mutation, seed), null);
                @Nullable Violation found = outcome.violation();
                if (found != null) {
                    System.out.println(mutation + " is found by seed " + seed + ": " + found.getMessage());
                    assertThat(found.invariant()).isIn(expected(mutation));
                    return;
                }
            }
        }
        throw new AssertionError(mutation + " was not found in " + PATIENCE + " schedules");
    }

    /** The seed's plan; where a bug shows only behind a rare one, that one again and again. */
    private static List<Fault> faults(Mutation mutation, long seed) {
        List<Fault> faults = new ArrayList<>(Fault.plan(seed, Simulation.FAULTY_STEPS));
        for (int n = 1; mutation == Mutation.GAP_IGNORED && n < 9; n++) {
            // An argument that deletes more than the checkpoint has, of one partition after the other.
            faults.add(new Fault(Fault.Kind.LOG_TRIMMED, n * 100, 21 * (int) (5 * seed + n) + n % 7));
            faults.add(new Fault(Fault.Kind.JOB_DIES, n * 100 + 1, n));
        }
        faults.sort(Comparator.comparingInt(Fault::at));
        return faults;
    }

    @Test
    void aFailureIsShrunk() {
        try (Simulation simulation = new Simulation(Mutation.OPEN_EVENTS_FORGOTTEN)) {
            long seed = 1;
            Simulation.Outcome outcome = simulation.run(seed);
            while (outcome.violation() == null) {
                outcome = simulation.run(++seed);
            }
            Simulation.Outcome smallest = simulation.shrink(outcome);
            assertThat(smallest.violation()).isNotNull();
            assertThat(smallest.faults())
                    .hasSizeLessThanOrEqualTo(outcome.faults().size());
        }
    }

    /** What a planted bug breaks; some are seen first by the product's own checks. */
    private static Set<Invariant> expected(Mutation mutation) {
        return switch (mutation) {
            case NONE -> Set.of();
            case SOURCE_SKIPS_A_RECORD -> EnumSet.of(Invariant.REPEATED, Invariant.PROGRESS);
            case SOURCE_REPEATS_A_RECORD -> EnumSet.of(Invariant.SAME_BITS);
            // Whether ticks are there without their events, or not at all.
            case OPEN_EVENTS_FORGOTTEN -> EnumSet.of(Invariant.SAME_BITS, Invariant.PROGRESS);
            case WATERMARK_OVERTAKES -> EnumSet.of(Invariant.SAME_BITS, Invariant.NO_ERROR);
            case AGREEMENT_SKIPPED -> EnumSet.of(Invariant.NO_ERROR);
            case CLOCKS_FORGOTTEN, BARRIER_OVERTAKES ->
                EnumSet.of(
                        Invariant.SAME_BITS,
                        Invariant.EXACTLY_ONCE,
                        Invariant.LEGAL_CUT,
                        Invariant.REPEATED,
                        Invariant.NO_ERROR);
            case POSITION_NOT_REPORTED -> EnumSet.of(Invariant.PROGRESS);
            case OUTLIER_FOLLOWED -> EnumSet.of(Invariant.LEGAL_CUT);
            case LEDGER_SKIPPED -> EnumSet.of(Invariant.REPEATED);
            case NOBODY_IS_PAUSED -> EnumSet.of(Invariant.BOUNDED);
            case GAP_IGNORED -> EnumSet.of(Invariant.REFUSED);
            case ACKNOWLEDGED_BEFORE_UPLOADED, EXPIRES_TOO_MUCH -> EnumSet.of(Invariant.RESTORABLE);
            case CUT_DIGEST_WRONG, FOLLOWER_STEP_THROWS -> EnumSet.of(Invariant.NO_ERROR);
            case FEED_REORDERED, FAILED_ADVANCE_SKIPPED, FOREIGN_FRAMES_ACCEPTED, SILENT_BROKERS_TRUSTED ->
                EnumSet.of(Invariant.FAITHFUL_FOLLOWER);
        };
    }
}
