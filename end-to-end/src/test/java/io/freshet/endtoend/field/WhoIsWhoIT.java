package io.freshet.endtoend.field;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.v1.ItemScore;
import io.freshet.v1.RecommendReply;
import io.freshet.v1.RecommendRequest;
import io.freshet.v1.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;

/** Field rows of who is who: sessions, users and what they have seen, in the log and in the call. One log for all. */
@ExtendWith(FieldBroker.class)
@TestInstance(Lifecycle.PER_CLASS)
class WhoIsWhoIT {
    private static final long NOW = FieldEvent.TIME + 3_600_000;
    private static final int CLICKS = 250;

    private FieldScoring scoring;
    private FieldCommand learner;

    @BeforeAll
    void learn(Field field) throws Exception {
        List<FieldEvent> events = new ArrayList<>();
        for (int n = 0; n < CLICKS; n++) {
            events.add(FieldEvent.of("c" + n, "click", FieldEvent.TIME + n * 1000L, "collector", "c" + n));
        }
        for (int n = 0; n < 3; n++) {
            events.add(FieldEvent.ofSession("s" + n, "click", FieldEvent.TIME + n * 1000L, "1001", "s" + n));
        }
        for (int n = 0; n < 40; n++) {
            events.add(FieldEvent.of("v" + n, "click", FieldEvent.TIME + n * 1000L, "v" + n % 8, "h" + n % 10));
        }
        for (int n = 0; n < 6; n++) {
            events.add(FieldEvent.of("h" + n, "click", FieldEvent.TIME + n * 60_000L, "twice", "h" + n));
        }
        FieldLog log = field.log(1);
        log.to(0).put(events);
        FieldLearner started = field.atFullSpeed().learner(log).withWholeModel();
        scoring = started.startScoring();
        learner = started.command();
        started.awaitEvents(events.size());
        scoring.awaitItem("h9", learner);
    }

    private static RecommendRequest.Builder request(String user) {
        return RecommendRequest.newBuilder()
                .setSubject(Subject.newBuilder().setUserId(user))
                .setK(1000)
                .setRequestTimeMs(NOW);
    }

    /** Row "a session and a user of the same name". f242271: they share one history. */
    @Test
    void aSessionIsNotTheUserOfThatName() {
        RecommendReply user =
                scoring.recommend(request("1001").setExcludeSeen(true).build());
        assertThat(FieldScoring.ids(user)).as("what the session saw").contains("s0", "s1", "s2");
        assertThat(user.getInfo().getDegradedList()).contains("COLD_SUBJECT");
    }

    /** Row "seen longer ago than the history". f242271: 50 of the 250 come back, and the answer does not say so. */
    @Test
    void whatWasSeenLongAgoDoesNotComeBackUnsaid() {
        RecommendReply reply =
                scoring.recommend(request("collector").setExcludeSeen(true).build());
        List<String> seen = FieldScoring.ids(reply).stream()
                .filter(item -> item.startsWith("c"))
                .toList();
        if (!seen.isEmpty()) {
            assertThat(String.join(" ", reply.getInfo().getDegradedList()))
                    .as("%d seen items came back (%s ...); the answer says so", seen.size(), seen.get(0))
                    .containsPattern("SEEN|HISTORY");
        }
    }

    /** Row "the same events in the call and in the log". f242271: another list. */
    @Test
    void anEventInTheCallAndInTheLogCountsOnce() {
        RecommendReply plain = scoring.recommend(request("twice").build());
        for (int from : new int[] {0, 3, 5}) {
            RecommendRequest.Builder both = request("twice");
            IntStream.range(from, 6)
                    .forEach(n -> both.getSubjectBuilder()
                            .addHistory(FieldScoring.click("h" + n, FieldEvent.TIME + n * 60_000L)));
            assertThat(scores(scoring.recommend(both.build())))
                    .as("with his clicks from number %d on in the call too", from)
                    .isEqualTo(scores(plain));
        }
    }

    /** The same kind: an event of the call that the log does not have still counts. */
    @Test
    void anEventThatIsOnlyInTheCallCounts() {
        RecommendReply plain = scoring.recommend(request("twice").build());
        RecommendRequest.Builder more = request("twice");
        more.getSubjectBuilder().addHistory(FieldScoring.click("h0", NOW - 1000));
        assertThat(scores(scoring.recommend(more.build()))).isNotEqualTo(scores(plain));
    }

    private static List<String> scores(RecommendReply reply) {
        List<String> scores = new ArrayList<>();
        for (ItemScore item : reply.getItemsList()) {
            scores.add(item.getItemId() + " " + item.getScore());
        }
        return scores;
    }
}
