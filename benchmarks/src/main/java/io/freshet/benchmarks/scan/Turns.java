package io.freshet.benchmarks.scan;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.function.IntConsumer;

/** Things measured in turns of one process, by the thread's CPU time: other processes' turns do not count. */
final class Turns {
    /** The first ones are the compiler's. */
    private static final int WARM_UP = 2;

    private static final int TURNS = 7;

    private Turns() {}

    static double cpuMicros() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1e3;
    }

    /** Median over turns of the time of one call; a turn has {@code calls} of each, numbered from 0. */
    static double[] medians(int calls, IntConsumer... each) {
        double[][] micros = new double[each.length][TURNS];
        for (int turn = -WARM_UP; turn < TURNS; turn++) {
            for (int i = 0; i < each.length; i++) {
                double start = cpuMicros();
                for (int n = 0; n < calls; n++) {
                    each[i].accept(n);
                }
                if (turn >= 0) {
                    micros[i][turn] = (cpuMicros() - start) / calls;
                }
            }
        }
        return Arrays.stream(micros)
                .mapToDouble(turns -> Arrays.stream(turns)
                        .sorted()
                        .skip(TURNS / 2)
                        .findFirst()
                        .orElse(0))
                .toArray();
    }
}
