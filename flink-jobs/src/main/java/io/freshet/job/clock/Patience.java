package io.freshet.job.clock;

/**
 * A clock for waiting: it follows the wall clock, but by no more than twice the interval between two probes at a time.
 * A process that stood still for seconds has waited for one probe, not for seconds: while it stood, nobody else's
 * records could come in either.
 */
public final class Patience {
    private final long intervalMillis;
    private long wall = Long.MIN_VALUE;
    private long waited;

    /** @param intervalMillis time between probes, ms */
    public Patience(long intervalMillis) {
        this.intervalMillis = intervalMillis;
    }

    /**
     * Time waited so far.
     *
     * @param wallMillis the wall clock now; steps back count as nothing
     */
    public long at(long wallMillis) {
        if (wall != Long.MIN_VALUE) {
            waited += Math.min(Math.max(0, wallMillis - wall), 2 * intervalMillis);
        }
        wall = wallMillis;
        return waited;
    }
}
