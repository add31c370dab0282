package io.freshet.train;

import io.freshet.store.AppliedTick;
import io.freshet.store.TickChanges;

/**
 * What the learner did with a tick, already applied to its store.
 *
 * @param changes what changed
 * @param applied digests after the tick, and the changes as bytes
 * @param report counts and quality of the tick
 */
public record TickOutcome(TickChanges changes, AppliedTick applied, TickReport report) {}
