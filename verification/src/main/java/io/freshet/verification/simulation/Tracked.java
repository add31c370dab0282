package io.freshet.verification.simulation;

import io.freshet.job.core.LearnerCore;
import io.freshet.job.core.LearnerSetup;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.LaneRange;
import io.freshet.train.TickOutcome;
import io.freshet.verification.simulation.reference.Reference;
import io.freshet.verification.simulation.schedule.Violation;
import io.freshet.verification.simulation.schedule.Violation.Invariant;
import java.util.Arrays;
import java.util.List;

/** A learner's state beside the undisturbed one: both take the same ticks. */
final class Tracked {
    private final World world;
    private final LaneRange owned;
    private final boolean leads;
    private final int epoch;
    private final Former former;
    private final List<Reference.Gone> gone;
    private Reference.Node at;

    Tracked(World world, LearnerCore core, LearnerSetup setup, Former former) {
        this.former = former;
        this.world = world;
        EmbeddingStore state = core.store().state();
        owned = state.held();
        leads = setup.leads();
        epoch = world.startsIn();
        gone = world.gone();
        at = begin(state);
    }

    private Reference.Node begin(EmbeddingStore state) {
        Reference.Node node = world.startsFrom();
        for (int lane = owned.from(); lane < owned.to(); lane++) {
            if (state.tick() != node.tick() || !Arrays.equals(state.digests()[lane], node.digests[lane])) {
                throw new Violation(
                        Invariant.SAME_BITS,
                        "lane " + lane + " is restored at tick " + state.tick()
                                + ", and is not what its snapshot of tick " + node.tick() + " says");
            }
        }
        return node;
    }

    /** It learned a tick. */
    void learned(TickOutcome outcome) {
        long tick = outcome.changes().tick();
        Reference.Node expected = world.reference()
                .after(
                        at,
                        new Reference.Cut(
                                epoch, tick, outcome.changes().frontier(), List.copyOf(gone), former.of(tick)));
        world.invariants().learned(owned, leads, outcome, expected);
        at = expected;
        if (leads && world.traces()) {
            world.trace("learner 0 learns tick " + tick + " up to "
                    + outcome.changes().frontier());
        }
    }
}
