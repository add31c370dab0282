package io.freshet.benchmarks.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Outcomes for people and as JSON. */
final class FaultReport {
    private FaultReport() {}

    static void print(Outcome outcome) {
        Outcome.Scoring scoring = outcome.scoring();
        System.out.printf(
                "seed %d: %s; bits of the undisturbed run: %s; scorer's of the learner: %s; %d answers, %d marked"
                        + " stale, %d stale unmarked, %d calls without an answer, longest gap %d ms; %.0f s%n",
                outcome.plan().seed(),
                outcome.held() ? "held" : "FAILED",
                outcome.sameDigests(),
                outcome.sameScorer(),
                scoring.answers(),
                scoring.marked(),
                scoring.unflagged(),
                scoring.unanswered(),
                scoring.longestGapMillis(),
                outcome.seconds());
        if (outcome.diverged()) {
            System.out.println("    the scorer found a tick that was not the learner's");
        }
        if (!outcome.problem().isEmpty()) {
            System.out.println("    " + outcome.problem());
        }
        LedgerReport ledger = outcome.ledger();
        if (ledger != null) {
            System.out.println(
                    "    " + (ledger.balances() ? "the books balance: " : "the books do NOT balance: ") + ledger);
        }
    }

    static void write(Path file, List<Outcome> outcomes) throws IOException {
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ArrayNode rows = json.createArrayNode();
        for (Outcome outcome : outcomes) {
            ObjectNode row = rows.addObject();
            row.put("seed", outcome.plan().seed());
            row.put("held", outcome.held());
            row.put("partitions", outcome.plan().partitions());
            row.put("task_managers", outcome.plan().taskManagers());
            row.put("problem", outcome.problem());
            row.set("lane_digests", json.valueToTree(outcome.digests()));
            row.put("same_as_undisturbed", outcome.sameDigests());
            row.put("scorer_same_as_learner", outcome.sameScorer());
            row.put("scorer_diverged", outcome.diverged());
            row.set("ledger", json.valueToTree(outcome.ledger()));
            row.set("scoring", json.valueToTree(outcome.scoring()));
            row.put("seconds", outcome.seconds());
            ArrayNode faults = row.putArray("faults");
            for (Outcome.Injected fault : outcome.faults()) {
                ObjectNode one = faults.addObject();
                one.put("at_seconds", fault.atSeconds());
                one.put("fault", fault.step().toString());
                one.put("trigger_seen", fault.seen());
                if (fault.recoverySeconds() >= 0) {
                    one.put("recovery_seconds", fault.recoverySeconds());
                }
            }
        }
        json.writeValue(file.toFile(), rows);
    }
}
