package io.freshet.endtoend.field;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Field rows of two of something that there may be one of: the second is refused, or does no harm. */
@ExtendWith(FieldBroker.class)
class TwoOfSomethingIT {
    private static List<FieldEvent> clicksOn(String item, int count) {
        return Stream.iterate(0, n -> n + 1)
                .limit(count)
                .map(n -> FieldEvent.of(item + "-" + n, "click", FieldEvent.TIME + n * 1000L, "u" + n % 5, item))
                .toList();
    }

    /** Row "two scorers on one state directory". f242271: the second deletes the first one's store. */
    @Test
    void aSecondScorerOnAStateDirectoryIsRefusedAndTheFirstGoesOn(Field field) throws Exception {
        FieldLog log = field.log(1);
        log.to(0).put(clicksOn("early", 30));
        FieldLearner learner = field.learner(log).start().awaitEvents(30);
        Path state = field.work().resolve("scorer");
        FieldScorer first = FieldScorer.start(field, learner, state).awaitItem("early");

        FieldCommand second = FieldScorer.start(field, learner, state).command();
        second.failed(state.getFileName().toString(), "in use|another|held|owner|owned|pid|process|already");
        log.to(0).put(clicksOn("late", 30));
        first.awaitItem("late");
        assertThat(first.command().output())
                .as(first.command()::story)
                .doesNotContain("Exception")
                .doesNotContain("cannot be followed");
    }

    /** Row "two learners on one feed topic". f242271: scorers of the first load snapshots in a loop. */
    @Test
    void aSecondLearnerOnAFeedIsRefusedOrNotFollowed(Field field) throws Exception {
        FieldLog mine = field.log(1);
        mine.to(0).put(clicksOn("mine", 30));
        FieldLearner first = field.learner(mine).start().awaitEvents(30);
        FieldScorer scorer =
                FieldScorer.start(field, first, field.work().resolve("scorer")).awaitItem("mine");

        FieldLog theirs = field.log(1);
        theirs.to(0).put(clicksOn("theirs", 30));
        FieldLearner second = field.learner(theirs).onFeedOf(first).start();
        FieldCommand foreign = second.command();
        Waiting.of("the second learner to be refused, or to learn", 3 * Waiting.PATIENCE)
                .on(foreign)
                .until(() -> foreign.isAlive() ? second.events() : Long.MAX_VALUE, seen -> seen >= 30);
        if (!foreign.isAlive()) {
            foreign.failed(first.changes(), "another|foreign|owner|owned|belongs|in use", FieldCommand.WAY_OUT);
        }
        mine.to(0).put(clicksOn("more", 30));
        scorer.awaitItem("more");
        assertThat(scorer.scoring().score("nobody", "theirs").getKnown()).isFalse();
        assertThat(bootstraps(scorer)).as(scorer.command()::story).isLessThanOrEqualTo(1);
    }

    /** How often a scorer says that it cannot go on with what it has. */
    private static long bootstraps(FieldScorer scorer) throws Exception {
        return scorer.command()
                .output()
                .lines()
                .filter(line -> line.contains("a snapshot replaces") || line.contains("cannot be followed"))
                .count();
    }

    /** Row "starting over on an old feed". f242271: scorers keep the old model; snapshots pile up. */
    @Test
    void startingOverReplacesTheOldModelOrIsRefused(Field field) throws Exception {
        FieldLog old = field.log(1);
        old.to(0).put(clicksOn("old", 40));
        FieldLearner learner = field.learner(old).bounded().learned(40);
        FieldScorer scorer = FieldScorer.start(field, learner, field.work().resolve("scorer"))
                .awaitItem("old");

        Field.delete(learner.work().resolve("checkpoints"));
        FieldLog anew = field.log(1);
        // Its time is before the old one's: by numbers, the old model is the newest for ever.
        anew.to(0).stamped(n -> FieldEvent.TIME + n * 300L).put(clicksOn("new", 40));
        FieldCommand again = learner.of(anew).set("model.layers", "2").startBounded();
        if (again.awaitEnd(2 * Waiting.PATIENCE) != 0) {
            again.failed("repository|snapshots|lineage|feed|state", FieldCommand.WAY_OUT);
            assertThat(scorer.scoring().score("nobody", "old").getKnown()).isTrue();
            return;
        }
        scorer.awaitItem("new");
        FieldScorer later =
                FieldScorer.start(field, learner, field.work().resolve("later")).awaitItem("new");
        assertThat(later.scoring().score("nobody", "old").getKnown()).isFalse();
        assertThat(scorer.scoring().score("nobody", "old").getKnown()).isFalse();
    }

    /** The same kind: a new work directory, other settings, the old feed. f242271: scorers of the old one stand. */
    @Test
    void aNewWorkDirectoryOnAnOldFeedIsRefusedOrDoesNoHarm(Field field) throws Exception {
        FieldLog old = field.log(1);
        old.to(0).put(clicksOn("old", 40));
        FieldLearner first = field.learner(old).bounded().learned(40);

        FieldScorer scorer =
                FieldScorer.start(field, first, field.work().resolve("scorer")).awaitItem("old");
        FieldLog anew = field.log(1);
        anew.to(0).put(clicksOn("new", 40));
        FieldLearner second = field.learner(anew).onFeedOf(first).set("model.layers", "2");
        FieldCommand run = second.startBounded();
        if (run.awaitEnd(2 * Waiting.PATIENCE) != 0) {
            run.failed(first.changes(), "another|foreign|owner|owned|belongs|in use", FieldCommand.WAY_OUT);
        } else {
            FieldScorer.start(field, second, field.work().resolve("second")).awaitItem("new");
        }
        old.to(0).put(clicksOn("more", 40));
        first.bounded().learned(80);
        scorer.awaitItem("more");
        assertThat(scorer.scoring().score("nobody", "new").getKnown()).isFalse();
        assertThat(bootstraps(scorer)).as(scorer.command()::story).isLessThanOrEqualTo(1);
    }

    /** Row "directories behind links". f242271: fails. */
    @Test
    void directoriesMayBeLinks(Field field) throws Exception {
        FieldLog log = field.log(1);
        log.to(0).put(clicksOn("early", 30));
        FieldLearner learner = field.learner(log);
        Path disk = Files.createDirectories(field.work().resolve("disk"));
        Files.createDirectories(learner.work());
        for (String directory : List.of("checkpoints", "snapshots", "state", "savepoints")) {
            Path real = Files.createDirectories(disk.resolve(directory));
            Files.createSymbolicLink(learner.work().resolve(directory), real);
        }
        learner.bounded().learned(30);
        // What is learned expires: whoever does not find the checkpoint behind the link cannot learn it again.
        log.cut(0);
        log.to(0).put(clicksOn("late", 30));
        learner.bounded().learned(60);
        assertThat(Files.isSymbolicLink(learner.work().resolve("state"))).isTrue();

        Path state = field.work().resolve("scorer");
        Files.createSymbolicLink(state, Files.createDirectories(disk.resolve("scorer")));
        FieldScorer scorer = FieldScorer.start(field, learner, state).awaitItem("late");
        scorer.command().stop();
        FieldScorer reopened = FieldScorer.start(field, learner, state).awaitItem("late");
        assertThat(reopened.command().isAlive()).as(reopened.command()::story).isTrue();
    }
}
