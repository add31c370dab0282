package io.freshet.train;

import io.freshet.store.TickChanges;

/**
 * What the learner did with a tick, already applied to its store.
 *
 * @param changes what changed
 * @param digests digest of every lane after the tick, {@code [lanes][32]}
 * @param report counts and quality of the tick
 */
public record TickOutcome(TickChanges changes, byte[][] digests, TickReport report) {}
