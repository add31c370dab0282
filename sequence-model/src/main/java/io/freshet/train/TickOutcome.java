package io.freshet.train;

import io.freshet.store.AppliedTick;
import io.freshet.store.TickChanges;
import io.freshet.train.prequential.RankedEvent;
import io.freshet.train.tick.RefusedEvent;
import java.util.List;

/**
 * What the learner did with a tick, already applied to its store.
 *
 * @param changes what changed
 * @param applied digests after the tick, and the changes as bytes
 * @param report counts and quality of the tick
 * @param ranked ranks of the tick's events, those of other learners' lanes included; without those of skipped steps
 * @param refused events of users of this learner's lanes that were not taken in, in log order; for the dead letters
 */
public record TickOutcome(
        TickChanges changes,
        AppliedTick applied,
        TickReport report,
        List<RankedEvent> ranked,
        List<RefusedEvent> refused) {}
