package io.freshet.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.train.TickReport;
import io.freshet.train.prequential.PrequentialReport;
import io.freshet.train.prequential.PrequentialReport.Quality;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What commands say while they run, on a clock that the test moves. */
class ProgressTest {
    private final AtomicLong nanos = new AtomicLong(17);
    private final List<String> lines = new ArrayList<>();
    private final Progress progress = new Progress(lines::add, nanos::get);

    private void pass(long millis) {
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private static TickReport report(long tick, long events, long duplicates) {
        Quality none = new Quality(0, 0, 0, 0, 0, 0);
        return new TickReport(
                tick,
                events,
                duplicates,
                0,
                0,
                0,
                0,
                Double.NaN,
                0,
                0,
                new PrequentialReport(0, none, none, none, none, none, none),
                new TickReport.Counts(0, 0, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void oneLineInFiveSecondsHoweverOftenItIsOffered() {
        for (int n = 0; n < 2000; n++) {
            pass(10);
            progress.offer(() -> "line");
        }
        // 20 seconds.
        assertThat(lines).hasSize(4);
    }

    @Test
    void aProblemIsToldOnceAndThenCounted() {
        assertThat(progress.problem("disk full")).isEqualTo(1);
        assertThat(progress.problem("disk full")).isEqualTo(2);
        progress.problem("broker away", "the broker is away since noon");
        progress.problem("broker away", "the broker is away since one");
        assertThat(lines).containsExactly("disk full", "the broker is away since noon");
        assertThat(progress.seen("disk full")).isEqualTo(2);
        assertThat(progress.seen("nothing")).isZero();
    }

    @Test
    void aStreamOfNewProblemsDoesNotFillTheMemory() {
        for (int n = 0; n < 5000; n++) {
            progress.problem("problem " + n);
        }
        assertThat(lines).hasSize(1000);
        assertThat(progress.untold()).isEqualTo(4000);
    }

    @Test
    void theLearnersLineHasTickRateDistanceAndWhatWasRejected() {
        LearnProgress learn = new LearnProgress(progress, nanos::get);
        learn.state("RUNNING");
        learn.ticked(report(100, 5000, 0));
        pass(5000);
        learn.ticked(report(120, 7500, 3));
        learn.behind(OptionalLong.of(1234));
        learn.rejected(Map.of("malformed", 2L, "invalid-time", 1L), "partition 0 offset 7: malformed: no JSON");
        learn.print();
        assertThat(lines)
                .containsExactly(
                        "learn: rejected, from here on counted: partition 0 offset 7: malformed: no JSON",
                        "learn: tick 120 (+20), 7,500 events, 500/s, 3 duplicates, 1,234 records behind,"
                                + " rejected 3 (invalid-time 1, malformed 2), restarts 0");
        pass(5000);
        learn.ticked(report(130, 7600, 3));
        learn.behind(OptionalLong.empty());
        learn.print();
        assertThat(lines.get(2))
                .contains("tick 130 (+10)", "20/s", "distance to the log's end not known", "rejected 3");
    }

    @Test
    void beforeTheFirstTickTheLineSaysSo() {
        LearnProgress learn = new LearnProgress(progress, nanos::get);
        pass(5000);
        learn.print();
        assertThat(lines).singleElement().asString().contains("starting, no tick yet", "restarts 0");
    }

    @Test
    void aRestartIsToldWithItsCauseAndTheSameOneIsCounted() {
        LearnProgress learn = new LearnProgress(progress, nanos::get);
        learn.restarted("model.width is 32, the state has 64");
        learn.restarted("model.width is 32, the state has 64");
        learn.restarted("the disk is full");
        learn.restarted("the disk is full");
        learn.restarted("the disk is full");
        pass(5000);
        learn.print();
        assertThat(lines)
                .hasSize(3)
                .startsWith(
                        "learn: restart 1 of the job: model.width is 32, the state has 64",
                        "learn: restart 3 of the job: the disk is full");
        assertThat(lines.get(2)).contains("restarts 5 (the last: the disk is full, seen 3 times)");
        assertThat(learn.restarts()).isEqualTo(5);
    }

    @Test
    void aReplayKnowsItsRateAndHowLongItTakes() {
        AtomicLong sent = new AtomicLong();
        ReplayProgress replay = new ReplayProgress(sent::get, 10_000, nanos::get);
        pass(5000);
        sent.set(500);
        assertThat(replay.line()).isEqualTo("replay: 500 events sent, 100/s, 5 % of 10,000, 1 min 35 s left");
        ReplayProgress endless = new ReplayProgress(sent::get, 0, nanos::get);
        assertThat(endless.line()).isEqualTo("replay: 500 events sent, 0/s");
        assertThat(ReplayProgress.duration(7322)).isEqualTo("2 h 2 min");
    }

    @Test
    void anEvaluationSaysWhatItDoes() {
        EvaluateProgress evaluate = new EvaluateProgress("reading", nanos::get);
        for (int n = 0; n < 1000; n++) {
            evaluate.event();
        }
        pass(5000);
        assertThat(evaluate.line()).isEqualTo("evaluate: reading, 1,000 events, 200/s, 5 s");
        evaluate.doing("variant full");
        evaluate.quality("HR@10 0.1230 so far");
        pass(5000);
        assertThat(evaluate.line()).isEqualTo("evaluate: variant full, 1,000 events, 0/s, 10 s, HR@10 0.1230 so far");
    }

    @Test
    void aScorerSaysWhatItServesAndWhatIsWrong() {
        ServeProgress serve = new ServeProgress(progress, nanos::get);
        serve.take(new ServeProgress.Reading("WAITING", -1, -1, 0, 0, "no broker answers for 2 s"));
        serve.take(new ServeProgress.Reading("WAITING", -1, -1, 0, 0, "no broker answers for 3 s"));
        assertThat(lines).as("a number that moves makes no new problem").hasSize(1);
        pass(5000);
        serve.take(new ServeProgress.Reading("WAITING", -1, -1, 0, 0, "no broker answers for 7 s"));
        assertThat(lines.get(1))
                .isEqualTo("serve: WAITING, tick -1, nothing served yet, 0 items, 0.0 calls/s,"
                        + " problem: no broker answers for 7 s (seen 3 times)");
        pass(5000);
        serve.take(new ServeProgress.Reading("FOLLOWING", 9, 1500, 1200, 40, ""));
        assertThat(lines.get(2)).isEqualTo("serve: FOLLOWING, tick 9, 1.5 s old, 1,200 items, 8.0 calls/s");
    }

    @Test
    void workIsDoneWhileTheLineIsPrinted() throws Exception {
        assertThat(ProgressThread.during(progress, () -> "never due", () -> 42)).isEqualTo(42);
        assertThat(lines).isEmpty();
    }
}
