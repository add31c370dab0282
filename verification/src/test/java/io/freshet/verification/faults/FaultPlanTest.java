package io.freshet.verification.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.verification.faults.FaultPlan.Kind;
import io.freshet.verification.faults.FaultPlan.Step;
import io.freshet.verification.faults.FaultPlan.Trigger;
import io.freshet.verification.faults.log.LogTurn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A plan is a function of its seed, and leaves nothing out. */
class FaultPlanTest {
    private static final List<Kind> ALL = List.of(Kind.values());
    /** Every kind once, two more of rescaling. */
    private static final int WHOLE = 17;

    @Test
    void aSeedGivesTheSamePlanEveryTime() {
        for (long seed = 0; seed < 50; seed++) {
            assertThat(FaultPlan.of(seed, 40, ALL)).isEqualTo(FaultPlan.of(seed, 40, ALL));
        }
        assertThat(FaultPlan.of(1, 40, ALL).steps())
                .isNotEqualTo(FaultPlan.of(2, 40, ALL).steps());
    }

    @Test
    void aWholePlanHasEveryKindAndRescalesToTwoFourAndOne() {
        for (long seed = 0; seed < 200; seed++) {
            List<Step> steps = FaultPlan.of(seed, WHOLE, ALL).steps();
            assertThat(steps).extracting(Step::kind).containsAll(ALL).hasSize(WHOLE);
            assertThat(steps.stream()
                            .filter(step -> step.kind() == Kind.RESCALE)
                            .map(Step::learners)
                            .toList())
                    .containsExactly(2, 4, 1);
        }
    }

    @Test
    void recoveriesAreWaitedForOnlyBehindWhatCausesOne() {
        Set<Trigger> seen = new HashSet<>();
        for (long seed = 0; seed < 200; seed++) {
            List<Step> steps = FaultPlan.of(seed, WHOLE, ALL).steps();
            for (int n = 0; n < steps.size(); n++) {
                Trigger trigger = steps.get(n).trigger();
                seen.add(trigger);
                if (trigger == Trigger.RECOVERY || trigger == Trigger.RESTORE) {
                    assertThat(n).isPositive();
                    assertThat(steps.get(n - 1).kind())
                            .isIn(Kind.KILL_TASK_MANAGER, Kind.KILL_JOB_MANAGER, Kind.RESCALE);
                }
            }
        }
        assertThat(seen).containsExactlyInAnyOrder(Trigger.values());
    }

    @Test
    void straysComeWhileLearnersTalkToEachOther() {
        for (long seed = 0; seed < 200; seed++) {
            int learners = 1;
            for (Step step : FaultPlan.of(seed, WHOLE, ALL).steps()) {
                learners = step.kind() == Kind.RESCALE ? step.learners() : learners;
                if (step.kind() == Kind.STRAY_CONNECTIONS) {
                    assertThat(learners).isEqualTo(2);
                }
            }
        }
    }

    @Test
    void whoComesSecondMeetsAJobThatRuns() {
        for (long seed = 0; seed < 200; seed++) {
            assertThat(FaultPlan.of(seed, WHOLE, ALL).steps())
                    .filteredOn(step -> step.kind() == Kind.SECOND_LEARNER)
                    .allMatch(step -> step.trigger() == Trigger.TIME);
        }
    }

    @Test
    void everyTurnOfTheLogIsTakenOnce() {
        for (int faults : new int[] {1, 2, 3, 17}) {
            FaultPlan plan = FaultPlan.of(4, faults, ALL);
            List<LogTurn> turns = new ArrayList<>();
            for (int n = 0; n < faults; n++) {
                turns.addAll(plan.turnsBefore(n));
            }
            assertThat(turns).containsExactly(LogTurn.values());
        }
    }

    @Test
    void onlyWhatIsAskedForHappens() {
        List<Kind> two = List.of(Kind.KILL_BROKER, Kind.CUT_JOB_FROM_BROKER);
        assertThat(FaultPlan.of(3, 2, two).steps()).extracting(Step::kind).containsExactlyInAnyOrderElementsOf(two);
    }
}
