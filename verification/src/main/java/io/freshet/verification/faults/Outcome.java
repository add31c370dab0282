package io.freshet.verification.faults;

import io.freshet.verification.faults.ledger.CutReport;
import io.freshet.verification.faults.ledger.LedgerReport;
import io.freshet.verification.faults.ledger.Standing;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Outcome of a run.
 *
 * @param plan what was to be done
 * @param faults what was done
 * @param problem why the run could not be judged to its end; empty if it could
 * @param diverged whether the scorer ever found a tick whose digest was not the learner's
 * @param judgement what came out; null if it did not come to that
 * @param scoring what was seen of the scorer
 * @param seconds wall-clock time
 */
record Outcome(
        FaultPlan plan,
        List<Injected> faults,
        String problem,
        boolean diverged,
        @Nullable Judgement judgement,
        Scoring scoring,
        double seconds) {
    /**
     * What is judged when a run has come to its end.
     *
     * @param digests of the lanes at the end, hexadecimal
     * @param restarts starts of the learner behind the first
     * @param sameDigests whether a learner that nobody disturbs, given the same log cut into the same ticks, ends with
     *     the same digests, of what was done, of what serving reads and of what only the learner reads
     * @param sameScorer whether the scorer's own store holds the same tick, lane digests and bits as the learner's
     * @param ledger the books
     * @param cut whether the log may be cut that way
     * @param standing how long ticks stood
     */
    record Judgement(
            List<String> digests,
            long restarts,
            boolean sameDigests,
            boolean sameScorer,
            LedgerReport ledger,
            CutReport cut,
            Standing standing) {
        boolean holds() {
            return sameDigests && sameScorer && ledger.balances() && cut.isLegal();
        }
    }

    /**
     * A fault that happened.
     *
     * @param step of the plan
     * @param atSeconds behind the start of the run
     * @param seen whether what triggers it was seen; if not, it happened after a long wait
     * @param recoverySeconds from its end to a running job and a newer tick served; negative where the next fault came
     *     before
     */
    record Injected(FaultPlan.Step step, double atSeconds, boolean seen, double recoverySeconds) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%6.1f s  %s%s%s",
                    atSeconds,
                    step,
                    seen ? "" : " (never seen)",
                    recoverySeconds < 0
                            ? ""
                            : String.format(Locale.ROOT, ": served on %.1f s after it", recoverySeconds));
        }
    }

    /**
     * What was seen of the scorer.
     *
     * @param answers answers
     * @param marked those of them that said that their state is stale
     * @param unflagged answers from a stale state that did not say so
     * @param unanswered calls without an answer while the scorer was neither dead nor paused nor just started
     * @param longestGapMillis between two answers, likewise
     */
    record Scoring(long answers, long marked, long unflagged, long unanswered, long longestGapMillis) {}

    /** Of a run that came to no judgement. */
    static Outcome broken(FaultPlan plan, Exception e, double seconds) {
        return new Outcome(
                plan, List.of(), String.valueOf(e.getMessage()), false, null, new Scoring(0, 0, 0, 0, 0), seconds);
    }

    boolean held() {
        return problem.isEmpty()
                && !diverged
                && judgement != null
                && judgement.holds()
                && scoring.unanswered == 0
                && scoring.unflagged == 0;
    }
}
