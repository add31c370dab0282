package io.freshet.train.loss;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels.SoftmaxBias;
import io.freshet.kernel.SparseTerms;

/**
 * What is added to the logits of a shard's candidates in every position: the popularity bias, and for who is not the
 * target the correction of the sampling.
 */
final class CandidateBiases {
    private final Device device;
    /** Popularity bias less the log of the expected draws, {@code [C]}. */
    private float[] corrected = new float[1024];
    /** Popularity bias alone, {@code [C]}. */
    private float[] popularity = new float[1024];
    /** {@link #corrected} on the device, {@code [C]}. */
    private Floats deviceCorrected;
    /** {@link #popularity} on the device, {@code [C]}. */
    private Floats devicePopularity;

    CandidateBiases(Device device) {
        this.device = device;
        deviceCorrected = device.floats(1024);
        devicePopularity = device.floats(1024);
    }

    /** Begins a step of so many candidates, whose biases are all to be set. */
    void begin(int candidates) {
        if (corrected.length < candidates) {
            corrected = new float[candidates * 2];
            popularity = new float[candidates * 2];
            deviceCorrected = device.floats(candidates * 2);
            devicePopularity = device.floats(candidates * 2);
        }
    }

    /** Sets what a candidate's logit gets, as a target and otherwise. */
    void set(int candidate, float asTarget, float otherwise) {
        popularity[candidate] = asTarget;
        corrected[candidate] = otherwise;
    }

    /** Sends the biases to the device. */
    void upload(int candidates) {
        deviceCorrected.upload(corrected, 0, 0, candidates);
        devicePopularity.upload(popularity, 0, 0, candidates);
    }

    /** The biases together with terms on single logits. */
    SoftmaxBias with(SparseTerms terms) {
        return new SoftmaxBias(deviceCorrected, devicePopularity, terms);
    }
}
