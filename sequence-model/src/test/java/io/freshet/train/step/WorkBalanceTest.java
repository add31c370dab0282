package io.freshet.train.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ModelConfig;
import io.freshet.model.items.ItemDirectory;
import io.freshet.store.Interaction;
import io.freshet.train.TestLog;
import io.freshet.train.exchange.Exchange;
import io.freshet.train.tick.TrainingSequence;
import io.freshet.train.tick.UserTick;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** How a step's lanes are dealt out: the same by everybody, and near the best that could be. */
class WorkBalanceTest {
    private static final ModelConfig MODEL = new TestLog.Settings().build().model();
    private static final Device DEVICE = CpuDevices.best();

    @AfterAll
    static void close() {
        DEVICE.close();
    }

    private static LaneTrainer[] lanes(int count) {
        LaneTrainer[] lanes = new LaneTrainer[count];
        Arrays.setAll(lanes, lane -> new LaneTrainer(MODEL, DEVICE, 32));
        return lanes;
    }

    /** Gives lanes micro-batches of so many tokens. */
    private static void layOut(LaneTrainer[] lanes, int[] tokens) {
        ItemDirectory nobody = new ItemDirectory(MODEL);
        for (int lane = 0; lane < lanes.length; lane++) {
            List<Interaction> read = new ArrayList<>();
            for (int i = 0; i < tokens[lane]; i++) {
                read.add(new Interaction(i, (byte) 1, i, 0, i));
            }
            UserTick user = new UserTick(lane, "u" + lane, lane, read);
            lanes[lane].layOut(
                    tokens[lane] == 0
                            ? List.of()
                            : List.of(new TrainingSequence(user, 0, tokens[lane] - 1, tokens[lane])),
                    nobody);
            assertThat(lanes[lane].tokens()).isEqualTo(tokens[lane]);
        }
    }

    private static Exchange exchange(int self, int learners) {
        return new Exchange() {
            @Override
            public int learners() {
                return learners;
            }

            @Override
            public int self() {
                return self;
            }

            @Override
            public byte[][] allGather(byte[] mine) {
                throw new AssertionError("dealing out needs nobody");
            }

            @Override
            public byte[][] allToAll(byte[][] parts) {
                throw new AssertionError("dealing out needs nobody");
            }
        };
    }

    private static int[] random(SplittableRandom random, int lanes) {
        int[] tokens = new int[lanes];
        for (int lane = 0; lane < lanes; lane++) {
            tokens[lane] = random.nextInt(4) == 0 ? 0 : random.nextInt(1, 33);
        }
        return tokens;
    }

    /** Least possible load of the busiest of some learners, by trying everything. */
    private static int best(int[] tokens, int lane, int[] load) {
        if (lane == tokens.length) {
            return Arrays.stream(load).max().orElseThrow();
        }
        int best = Integer.MAX_VALUE;
        for (int k = 0; k < load.length; k++) {
            load[k] += tokens[lane];
            best = Math.min(best, best(tokens, lane + 1, load));
            load[k] -= tokens[lane];
        }
        return best;
    }

    @Test
    void everybodyDealsAlikeAndTheBusiestHasAtMostFourThirdsOfTheBest() {
        SplittableRandom random = new SplittableRandom(13);
        int count = 7;
        LaneTrainer[] lanes = lanes(count);
        for (int round = 0; round < 60; round++) {
            int[] tokens = random(random, count);
            layOut(lanes, tokens);
            int learners = 1 + round % 3;
            int[] load = new int[learners];
            int done = 0;
            int[] first = new int[count];
            for (int self = 0; self < learners; self++) {
                WorkBalance balance = new WorkBalance(exchange(self, learners), count, 2, false);
                balance.assign(lanes);
                for (int lane = 0; lane < count; lane++) {
                    if (self == 0) {
                        first[lane] = balance.computedBy(lane);
                        load[first[lane]] += tokens[lane];
                    }
                    assertThat(balance.computedBy(lane)).isEqualTo(first[lane]);
                }
                int last = Integer.MAX_VALUE;
                for (int lane : balance.computedHere()) {
                    assertThat(balance.computedBy(lane)).isEqualTo(self);
                    assertThat(tokens[lane]).as("longest first").isPositive().isLessThanOrEqualTo(last);
                    last = tokens[lane];
                    done++;
                }
            }
            assertThat(done).as("every lane with work is somebody's").isEqualTo((int)
                    Arrays.stream(tokens).filter(t -> t > 0).count());
            int most = Arrays.stream(load).max().orElseThrow();
            assertThat(3 * most).isLessThanOrEqualTo(4 * best(tokens, 0, new int[learners]));
        }
    }

    @Test
    void lanesStayWithTheirOwnersWhereTheyHaveTo() {
        SplittableRandom random = new SplittableRandom(14);
        LaneTrainer[] lanes = lanes(8);
        for (int round = 0; round < 20; round++) {
            layOut(lanes, random(random, 8));
            Exchange exchange = exchange(1, 3);
            WorkBalance balance = new WorkBalance(exchange, 8, 1, true);
            balance.assign(lanes);
            for (int lane = 0; lane < 8; lane++) {
                assertThat(balance.computedBy(lane)).isEqualTo(exchange.ownerOf(lane, 8));
            }
        }
    }

    @Test
    void idleTimeIsWhatTheBusiestThreadLeavesTheOthers() {
        LaneTrainer[] lanes = lanes(4);
        WorkBalance balance = new WorkBalance(exchange(0, 2), 4, 1, false);
        assertThat(balance.report(0).idle()).isZero();
        // Owners have 30 + 10 and 4 + 6; dealt out by length it is 30 and 10 + 6 + 4.
        layOut(lanes, new int[] {30, 10, 4, 6});
        balance.assign(lanes);
        LaneBalance report = balance.report(123);
        assertThat(report.tokens()).isEqualTo(50);
        assertThat(report.bytesGiven()).isEqualTo(123);
        assertThat(report.idleByOwner()).isCloseTo(1 - 50 / (2 * 40.0), within(1e-12));
        assertThat(report.idle()).isCloseTo(1 - 50 / (2 * 30.0), within(1e-12));
    }
}
