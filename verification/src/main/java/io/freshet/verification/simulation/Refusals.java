package io.freshet.verification.simulation;

import io.freshet.job.core.Accepted;
import io.freshet.job.source.LogSplit;
import io.freshet.verification.simulation.schedule.Actor;
import io.freshet.verification.simulation.schedule.Violation;
import io.freshet.verification.simulation.schedule.Violation.Invariant;
import java.util.EnumSet;
import java.util.Set;

/**
 * Who of a job may refuse what, as the log is; and what an operator accepts then, who reads why and starts it again. A
 * refusal by anybody else is a check of the product that fails.
 */
final class Refusals {
    private final World world;
    private final Set<Accepted> accepted = EnumSet.noneOf(Accepted.class);
    private int count;

    Refusals(World world) {
        this.world = world;
    }

    /** What starts accept by now. */
    Set<Accepted> accepted() {
        return accepted;
    }

    int count() {
        return count;
    }

    /** A part of the running job refused to go on. */
    void refused(Actor actor, Throwable why) {
        if (!hasReason(actor)) {
            throw new Violation(Invariant.NO_ERROR, actor.name() + " refuses without a reason: " + why, why);
        }
        count++;
        Checkpoints.Completed next = world.checkpoints().completed();
        if (next != null && !next.topicId().equals(world.log().id())) {
            accepted.add(Accepted.OTHER_TOPIC);
        } else if (next != null && next.source().stream().anyMatch(this::isCut)) {
            accepted.add(Accepted.GAP);
        }
    }

    private boolean hasReason(Actor actor) {
        Job job = world.job();
        Checkpoints.Completed from = job.from();
        boolean ofAnother =
                from != null && !from.topicId().equals(job.topicId()) && !accepted.contains(Accepted.OTHER_TOPIC);
        if (actor instanceof LearnerTask learner) {
            return !learner.isOpen() && ofAnother;
        }
        if (actor != job.source()) {
            return job.source().isBehindTheLog(actor);
        }
        boolean madeAgain = !job.topicId().equals(world.log().id());
        boolean gap = from != null
                && from.topicId().equals(world.log().id())
                && !accepted.contains(Accepted.GAP)
                && from.source().stream().anyMatch(this::isCut);
        return madeAgain || !job.source().isOpen() && (ofAnother || gap);
    }

    private boolean isCut(LogSplit split) {
        return split.position() >= 0 && split.position() < world.log().begin(split.partition());
    }
}
