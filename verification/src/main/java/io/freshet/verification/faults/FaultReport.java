package io.freshet.verification.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freshet.verification.faults.ledger.LedgerReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Outcomes for people and as JSON. */
final class FaultReport {
    private FaultReport() {}

    static void print(Outcome outcome) {
        Outcome.Scoring scoring = outcome.scoring();
        System.out.printf(
                Locale.ROOT,
                "seed %d: %s; %d faults, %.0f s%n",
                outcome.plan().seed(),
                outcome.held() ? "held" : "FAILED",
                outcome.faults().size(),
                outcome.seconds());
        if (!outcome.problem().isEmpty()) {
            System.out.println("    " + outcome.problem());
        }
        if (outcome.diverged()) {
            System.out.println("    the scorer found a tick that was not the learner's");
        }
        Outcome.Judgement judged = outcome.judgement();
        if (judged != null) {
            print(judged);
        }
        System.out.printf(
                "    answers: %d ok, %d more marked stale, %d stale unmarked, %d missing; longest gap %d ms%n",
                scoring.answers() - scoring.marked() - scoring.unflagged(),
                scoring.marked(),
                scoring.unflagged(),
                scoring.unanswered(),
                scoring.longestGapMillis());
    }

    private static void print(Outcome.Judgement judged) {
        LedgerReport ledger = judged.ledger();
        System.out.printf(
                "    %d events in %d ticks, %d of them sent again; %d restarts of the learner%n",
                ledger.applied(), ledger.ticks(), ledger.resent(), judged.restarts());
        System.out.printf(
                "    bits of the undisturbed run: %s; scorer's of the learner: %s%n",
                judged.sameDigests() ? "the same" : "DIFFERENT", judged.sameScorer() ? "the same" : "DIFFERENT");
        System.out.println(
                "    " + (ledger.balances() ? "the books balance: " : "the books do NOT balance: ") + ledger);
        System.out.println("    " + (judged.cut().isLegal() ? "the ticks are legal: " : "the ticks are NOT legal: ")
                + judged.cut());
        System.out.printf(
                "    ticks stood for %d ms at most while there was something new, %d ms while nothing was done to it%n",
                judged.standing().longestMillis(), judged.standing().longestCalmMillis());
    }

    static void write(Path file, List<Outcome> outcomes) throws IOException {
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        ArrayNode rows = json.createArrayNode();
        for (Outcome outcome : outcomes) {
            ObjectNode row = rows.addObject();
            row.put("seed", outcome.plan().seed());
            row.put("held", outcome.held());
            row.put("partitions", outcome.plan().layout().atLast());
            row.put("task_managers", outcome.plan().taskManagers());
            row.put("problem", outcome.problem());
            row.put("scorer_diverged", outcome.diverged());
            row.set("judgement", json.valueToTree(outcome.judgement()));
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
