package io.freshet.train.step;

import io.freshet.store.LaneRange;
import java.util.ArrayList;
import java.util.List;

/**
 * How the dense values are divided: every lane has a slice of them, one behind the other. The logit weights lie in one
 * of the slices or two, but are no lane's: they are everybody's.
 */
final class DenseSlices {
    /** A run of dense values. */
    record Range(int from, int to) {
        int count() {
            return to - from;
        }
    }

    private final int count;
    private final int lanes;
    private final Range logitWeights;

    /** @param count number of all dense values, {@code P} */
    DenseSlices(int count, int lanes, Range logitWeights) {
        this.count = count;
        this.lanes = lanes;
        this.logitWeights = logitWeights;
    }

    /** Slice of a lane. */
    Range of(int lane) {
        return new Range((int) ((long) count * lane / lanes), (int) ((long) count * (lane + 1) / lanes));
    }

    /** Slices of neighbouring lanes. */
    Range of(LaneRange range) {
        return new Range(of(range.from()).from, of(range.to() - 1).to);
    }

    /** A lane's slice without the logit weights, in one part or two. */
    List<Range> network(int lane) {
        Range slice = of(lane);
        List<Range> parts = new ArrayList<>();
        Range before = new Range(slice.from, Math.min(slice.to, logitWeights.from));
        Range behind = new Range(Math.max(slice.from, logitWeights.to), slice.to);
        if (before.count() > 0) {
            parts.add(before);
        }
        if (behind.count() > 0) {
            parts.add(behind);
        }
        return parts;
    }

    /** Where the logit weights lie. */
    Range logitWeights() {
        return logitWeights;
    }
}
