package io.freshet.train.step;

import io.freshet.train.exchange.Compression;
import io.freshet.train.exchange.GradientCodec;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The dense gradients of all lanes in a step, in the short form that they travel in, and what owned lanes' gradients
 * have lost by it so far.
 */
final class LaneGradients {
    private final DenseWeights dense;
    private final boolean keepsResiduals;
    private final GradientCodec[] codecs;
    /** Dense gradients of every lane, {@code [L, P]}. */
    private final float[][] gradients;
    /** What the lanes' gradients lost on their way, {@code [L, P]}; {@code [L, 0]} where nothing is lost. */
    private final float[][] residuals;

    LaneGradients(Compression compression, DenseWeights dense, int lanes) {
        this.dense = dense;
        keepsResiduals = compression.keepsResiduals();
        int count = dense.weights().count();
        gradients = new float[lanes][count];
        residuals = new float[lanes][keepsResiduals ? count : 0];
        codecs = new GradientCodec[lanes];
        Arrays.setAll(codecs, lane -> new GradientCodec(compression.gradients()));
    }

    /** Takes the gradient of a lane that was computed here, and shortens it slice by slice. */
    void take(int lane, LaneTrainer trainer) {
        trainer.gradient().block().download(0, gradients[lane], 0, gradients[lane].length);
        for (int slice = 0; keepsResiduals && slice < gradients.length; slice++) {
            DenseSlices.Range range = dense.slices().of(slice);
            codecs[lane].quantise(gradients[lane], residuals[lane], range.from(), range.to());
        }
    }

    /** Dense gradients of every lane, {@code [L, P]}; whoever gathers them writes those of other learners. */
    float[][] all() {
        return gradients;
    }

    /** What a lane's gradients have lost, copied, {@code [P]}; null if nothing is ever lost. */
    float @Nullable [] residual(int lane) {
        return keepsResiduals ? residuals[lane].clone() : null;
    }

    /**
     * Takes what an owned lane's gradients had lost, {@code saved [P]}.
     *
     * @throws IllegalStateException if the state has none, or of another model, and this configuration needs it
     */
    void restoreResidual(int lane, float @Nullable [] saved) {
        if (!keepsResiduals) {
            return;
        }
        if (saved == null || saved.length != residuals[lane].length) {
            throw new IllegalStateException(
                    "lane " + lane + " has no residual of compressed gradients: the snapshot was"
                            + " learned with another exchange.gradients");
        }
        residuals[lane] = saved;
    }
}
