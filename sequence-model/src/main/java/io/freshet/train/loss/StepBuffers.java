package io.freshet.train.loss;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.SoftmaxPartial;

/** Memory of one shard's loss: blocks per position, and the weights of all pairs of positions and candidates. */
final class StepBuffers {
    private final int positions;
    private final int candidates;
    final Ints targets;
    final Ints places;
    final Ints before;
    final Ints counts;
    final Floats scores;
    final Floats factors;
    final Floats dY;
    private final Floats weights;
    private final Floats max;
    private final Floats sum;
    private final Floats target;
    Ints slots;
    final int[] hostTargets;
    final int[] hostPlaces;
    final int[] hostBefore;
    final int[] hostCounts;
    final float[] hostMax;
    final float[] hostSum;
    final float[] hostTarget;
    final float[] hostScores;

    StepBuffers(Device device, int width, int positions, int candidates) {
        this.positions = positions;
        this.candidates = candidates;
        targets = device.ints(positions);
        places = device.ints(positions);
        before = device.ints(positions);
        counts = device.ints(positions);
        scores = device.floats(positions);
        factors = device.floats(positions);
        dY = device.floats(positions * width);
        weights = device.floats(positions * SoftmaxPartial.stride(candidates));
        max = device.floats(positions);
        sum = device.floats(positions);
        target = device.floats(positions);
        slots = device.ints(positions);
        hostTargets = new int[positions];
        hostPlaces = new int[positions];
        hostBefore = new int[positions];
        hostCounts = new int[positions];
        hostMax = new float[positions];
        hostSum = new float[positions];
        hostTarget = new float[positions];
        hostScores = new float[positions];
    }

    /** These, or larger ones where they are too small. */
    StepBuffers atLeast(Device device, int width, int wantedPositions, int wantedCandidates) {
        if (wantedPositions <= positions
                && SoftmaxPartial.stride(wantedCandidates) <= SoftmaxPartial.stride(candidates)) {
            return this;
        }
        int more = wantedPositions > positions ? wantedPositions * 3 / 2 : positions;
        int wider = wantedCandidates > candidates ? wantedCandidates * 5 / 4 : candidates;
        return new StepBuffers(device, width, more, Math.max(wider, wantedCandidates));
    }

    StepBuffers withSlots(Device device, int count) {
        if (slots.length() < count) {
            slots = device.ints(2 * count);
        }
        return this;
    }

    SoftmaxPartial partial(int count) {
        return new SoftmaxPartial(weights, SoftmaxPartial.stride(count), max, sum, target);
    }

    void upload(int count) {
        targets.upload(hostTargets, 0, 0, count);
        places.upload(hostPlaces, 0, 0, count);
        before.upload(hostBefore, 0, 0, count);
    }

    void download(int count) {
        max.download(0, hostMax, 0, count);
        sum.download(0, hostSum, 0, count);
        target.download(0, hostTarget, 0, count);
        scores.download(0, hostScores, 0, count);
    }
}
