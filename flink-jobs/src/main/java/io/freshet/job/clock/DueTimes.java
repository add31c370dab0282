package io.freshet.job.clock;

import java.util.ArrayDeque;

/**
 * Since when ticks are due: from the moment at which some partition's clock had passed them. Has one entry a probe at
 * most, and none of a closed tick.
 */
final class DueTimes {
    private record Due(long tick, long sinceMillis) {}

    private final ArrayDeque<Due> due = new ArrayDeque<>();

    /** A partition's clock has passed a tick, and all before it. */
    void passed(long tick, long nowMillis) {
        Due last = due.peekLast();
        if (last != null && last.tick() >= tick) {
            return;
        }
        if (last != null && last.sinceMillis() == nowMillis) {
            due.removeLast();
        }
        due.addLast(new Due(tick, nowMillis));
    }

    /** Last tick that was due at a moment; {@link Long#MIN_VALUE} if none was. */
    long dueAt(long millis) {
        long tick = Long.MIN_VALUE;
        for (Due one : due) {
            if (one.sinceMillis() > millis) {
                break;
            }
            tick = one.tick();
        }
        return tick;
    }

    void closed(long tick) {
        while (!due.isEmpty() && due.getFirst().tick() <= tick) {
            due.removeFirst();
        }
    }
}
