package io.freshet.endtoend.field;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;

/** Field rows of what a word means: a hide, a dislike or a low rating is no wish. One log for all. */
@ExtendWith(FieldBroker.class)
@TestInstance(Lifecycle.PER_CLASS)
class WhatAWordMeansIT {
    private static final int USERS = 60;

    private FieldScoring scoring;
    private FieldLog log;
    private FieldLearner learner;
    private long events;

    @BeforeAll
    void learn(Field field) throws Exception {
        List<FieldEvent> all = new ArrayList<>();
        for (int n = 0; n < USERS; n++) {
            long time = FieldEvent.TIME + n * 10_000L;
            all.add(FieldEvent.of("b" + n, "hide", time, "h" + n, "bad"));
            all.add(FieldEvent.of("g" + n, "click", time + 1000, "h" + n, "good1"));
            all.add(FieldEvent.of("a" + n, "rate", time + 2000, "r" + n, "awful")
                    .worth(0.5));
            all.add(FieldEvent.of("f" + n, "rate", time + 3000, "r" + n, "fine").worth(5));
            all.add(FieldEvent.of("x" + n, "purchase", time + 4000, "p" + n, "kept"));
            all.add(FieldEvent.of("y" + n, "refund", time + 5000, "p" + n, "broken"));
            if (n % 6 == 0) {
                all.add(FieldEvent.of("o" + n, "click", time + 6000, "o" + n, "good2"));
            }
        }
        log = field.log(1);
        log.to(0).put(all);
        events = all.size();
        learner = field.atFullSpeed().learner(log).withWholeModel();
        scoring = learner.startScoring();
        learner.awaitEvents(events);
        scoring.awaitItem("good2", learner.command());
    }

    private void ranksBehind(String user, String item, String... better) {
        List<String> ranking = scoring.recommend(user, 10, false);
        int place = ranking.indexOf(item);
        for (String other : better) {
            assertThat(ranking).as("what user %s is shown", user).contains(other);
            assertThat(place < 0 || ranking.indexOf(other) < place)
                    .as("user %s is shown %s: %s before %s", user, ranking, other, item)
                    .isTrue();
        }
    }

    /** Row "hidden things come back". f242271: "bad" stands second of three, for him and for strangers. */
    @Test
    void whatManyHideIsInNobodysFirstPlaces() {
        for (String user : List.of("h3", "h59", "stranger")) {
            ranksBehind(user, "bad", "good1", "good2", "fine", "kept");
        }
    }

    /** Row "a low rating is no wish". f242271: "awful" first. */
    @Test
    void aLowRatingIsNoWish() {
        for (String user : List.of("r3", "r59", "stranger")) {
            ranksBehind(user, "awful", "fine", "good1", "good2");
        }
    }

    /** The same kind: what is given back. f242271: a refund raises the item like a purchase. */
    @Test
    void aRefundIsNoWish() {
        for (String user : List.of("p3", "p59", "stranger")) {
            ranksBehind(user, "broken", "kept", "good1", "good2");
        }
    }

    /** Of the row "hidden things come back": a hide lowers the item for him at once. f242271: it raises it. */
    @Test
    void aHideLowersTheItemForHimAtOnce() throws Exception {
        double before = scoring.score("o0", "kept").getScore();
        double stranger = scoring.score("stranger", "kept").getScore();
        log.to(0).put(FieldEvent.of("hide", "hide", FieldEvent.TIME + 3_000_000, "o0", "kept"));
        learner.awaitEvents(events + 1);
        Waiting.of("a lower score of what he hid (before: " + before + ")")
                .whileRuns(learner.command())
                .until(() -> scoring.score("o0", "kept").getScore(), now -> now < before);
        assertThat(scoring.recommend("o0", 3, false)).doesNotContain("kept");
        assertThat(scoring.score("stranger", "kept").getScore())
                .as("for others one hide is little")
                .isGreaterThan(scoring.score("o0", "kept").getScore())
                .isGreaterThan(stranger - 2);
    }
}
