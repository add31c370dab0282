package io.freshet.train.step;

import io.freshet.train.exchange.Exchange;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Assigns the lanes' micro-batches of a step to learners by their tokens, longest first to whoever has least
 * (Graham, 1969: at most 4/3 of the best makespan). Who computes a lane changes no bits: its gradients are the
 * lane's, and are added in lane order. Keeps count of how much of the learners' and their threads' time would be idle
 * with every lane computed by its owner, and with this.
 */
final class WorkBalance {
    private final Exchange exchange;
    private final int threads;
    private final boolean byOwner;
    /** Learner that computes each lane in this step, {@code [L]}. */
    private final int[] computedBy;
    /** Tokens of each lane in this step, {@code [L]}. */
    private final int[] tokens;
    /** Lanes with work that are computed here, longest first, {@code [computed here]}. */
    private int[] order = new int[0];

    private long work;
    private long ownersSpan;
    private long balancedSpan;

    /** @param byOwner whether lanes stay with their owners, who keep state that computing them needs */
    WorkBalance(Exchange exchange, int lanes, int threads, boolean byOwner) {
        this.exchange = exchange;
        this.byOwner = byOwner;
        this.threads = threads;
        computedBy = new int[lanes];
        tokens = new int[lanes];
    }

    /** Assigns the lanes of a step to learners. */
    void assign(LaneTrainer[] lanes) {
        for (int lane = 0; lane < lanes.length; lane++) {
            tokens[lane] = lanes[lane].tokens();
        }
        int[] longestFirst = IntStream.range(0, lanes.length)
                .boxed()
                .sorted(Comparator.comparingInt((Integer lane) -> -tokens[lane]).thenComparing(lane -> lane))
                .mapToInt(Integer::intValue)
                .toArray();
        long[] load = new long[exchange.learners()];
        for (int lane : longestFirst) {
            int least = exchange.ownerOf(lane, lanes.length);
            for (int learner = 0; learner < load.length && !byOwner; learner++) {
                least = load[learner] < load[least] ? learner : least;
            }
            computedBy[lane] = least;
            load[least] += tokens[lane];
        }
        order = Arrays.stream(longestFirst)
                .filter(lane -> tokens[lane] > 0 && computedBy[lane] == exchange.self())
                .toArray();
        count(longestFirst);
    }

    private void count(int[] longestFirst) {
        work += Arrays.stream(tokens).sum();
        int[] inOrder = IntStream.range(0, tokens.length).toArray();
        int[] owners = IntStream.range(0, tokens.length)
                .map(lane -> exchange.ownerOf(lane, tokens.length))
                .toArray();
        ownersSpan += span(inOrder, owners);
        balancedSpan += span(longestFirst, computedBy);
    }

    /** Tokens that the busiest thread of all learners gets, when each takes the next lane in order. */
    private long span(int[] lanes, int[] learners) {
        long[][] busy = new long[exchange.learners()][threads];
        long most = 0;
        for (int lane : lanes) {
            long[] mine = busy[learners[lane]];
            int least = 0;
            for (int t = 1; t < threads; t++) {
                least = mine[t] < mine[least] ? t : least;
            }
            mine[least] += tokens[lane];
            most = Math.max(most, mine[least]);
        }
        return most;
    }

    /** Learner that computes a lane in this step. */
    int computedBy(int lane) {
        return computedBy[lane];
    }

    /** Lanes with work that are computed here, longest first, {@code [computed here]}. */
    int[] computedHere() {
        return order;
    }

    LaneBalance report(long bytes) {
        double workers = (double) exchange.learners() * threads;
        return new LaneBalance(work, bytes, idle(ownersSpan, workers), idle(balancedSpan, workers));
    }

    private double idle(long span, double workers) {
        return span == 0 ? 0 : 1 - work / (span * workers);
    }
}
