package io.freshet.store;

/**
 * The lanes that a store holds: a run of neighbours.
 *
 * @param from first lane
 * @param to lane behind the last
 */
public record LaneRange(int from, int to) {
    public LaneRange {
        if (from < 0 || to <= from) {
            throw new IllegalArgumentException("lanes from " + from + " to before " + to + ": expected 0 <= from < to");
        }
    }

    /** All lanes of a layout. */
    public static LaneRange all(StoreLayout layout) {
        return new LaneRange(0, layout.lanes());
    }

    /** Whether a lane is among them. */
    public boolean contains(int lane) {
        return lane >= from && lane < to;
    }

    /** Number of lanes. */
    public int count() {
        return to - from;
    }

    /**
     * Refuses a lane that is not held.
     *
     * @throws IllegalStateException naming the lane
     */
    public void require(int lane) {
        if (!contains(lane)) {
            throw new IllegalStateException("lane " + lane + " is not held here, only " + this);
        }
    }

    /**
     * Refuses lanes that a layout does not have.
     *
     * @throws IllegalArgumentException if it has fewer
     */
    public void requireWithin(StoreLayout layout) {
        if (to > layout.lanes()) {
            throw new IllegalArgumentException(this + " of a store with " + layout.lanes() + " lanes");
        }
    }

    @Override
    public String toString() {
        return count() == 1 ? "lane " + from : "lanes " + from + " to " + (to - 1);
    }
}
