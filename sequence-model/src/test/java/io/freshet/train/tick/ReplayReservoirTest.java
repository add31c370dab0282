package io.freshet.train.tick;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.store.Interaction;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Past sequences come in steps of their own, behind all steps of new ones. */
class ReplayReservoirTest {
    private static final int LANES = 3;
    private static final int BATCH_TOKENS = 12;

    /** New sequences of four interactions, one a step, in so many lanes; every lane has one step more. */
    private static List<List<List<TrainingSequence>>> fresh(int lanes, int steps, long user) {
        List<List<List<TrainingSequence>>> batches = new ArrayList<>();
        for (int lane = 0; lane < LANES; lane++) {
            List<List<TrainingSequence>> own = new ArrayList<>();
            for (int step = 0; lane < lanes && step < steps + lane; step++) {
                UserTick tick = new UserTick(user, "u" + user, lane, List.of());
                for (int i = 0; i < 4; i++) {
                    tick.accept(new LogEvent(0, i, user, "u" + user, i, "i" + i, (byte) 1, i * 1000L, 0, i));
                }
                own.add(new ArrayList<>(tick.sequences(16, 8)));
            }
            batches.add(own);
        }
        return batches;
    }

    private static List<TrainingSequence> step(List<List<List<TrainingSequence>>> batches, int s) {
        return batches.stream()
                .filter(lane -> s < lane.size())
                .flatMap(lane -> lane.get(s).stream())
                .toList();
    }

    @Test
    void noStepHasPastSequencesBesideNewOnes() {
        ReplayReservoir replay = new ReplayReservoir(2, 7);
        long replayed = 0;
        for (int tick = 0; tick < 20; tick++) {
            int lanes = 1 + tick % LANES;
            List<List<List<TrainingSequence>>> batches = fresh(lanes, 1 + tick % 2, tick);
            int newSteps = batches.stream().mapToInt(List::size).max().orElseThrow();
            replay.extend(batches, BATCH_TOKENS, item -> true);
            int steps = batches.stream().mapToInt(List::size).max().orElseThrow();
            for (int s = 0; s < steps; s++) {
                assertThat(step(batches, s))
                        .as("tick %d, step %d", tick, s)
                        .isNotEmpty()
                        .extracting(TrainingSequence::replayed)
                        .containsOnly(s >= newSteps);
                replayed += s >= newSteps ? step(batches, s).size() : 0;
            }
        }
        assertThat(replayed).isGreaterThan(40);
    }

    @Test
    void aSequenceWithAnUnknownItemIsPassedOver() {
        ReplayReservoir replay = new ReplayReservoir(1, 7);
        replay.extend(fresh(LANES, 1, 1), BATCH_TOKENS, item -> true);
        List<List<List<TrainingSequence>>> batches = fresh(LANES, 1, 2);
        replay.extend(batches, BATCH_TOKENS, item -> item != 3);
        List<Interaction> tokens = batches.stream()
                .flatMap(List::stream)
                .flatMap(List::stream)
                .filter(TrainingSequence::replayed)
                .flatMap(sequence -> sequence.user().tokens().stream())
                .toList();
        assertThat(tokens).isEmpty();
    }
}
