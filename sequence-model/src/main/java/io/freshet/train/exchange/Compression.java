package io.freshet.train.exchange;

import java.io.Serializable;

/**
 * How what learners give each other is made smaller. It changes the model, so it is applied to every lane, whether or
 * not its learner has company: any number of learners still ends with the bits of one.
 *
 * @param rows of input rows and of their gradients
 * @param gradients of the lanes' dense gradients
 */
public record Compression(Rows rows, Gradients gradients) implements Serializable {
    /** Nothing is made smaller. */
    public static final Compression NONE = new Compression(Rows.FLOAT32, Gradients.FLOAT32);

    /** Forms of rows. */
    public enum Rows {
        /** 4 bytes a value. */
        FLOAT32,
        /** 2 bytes a value: the upper half of a float32, rounded to nearest even. */
        BFLOAT16
    }

    /** Forms of dense gradients. */
    public enum Gradients {
        /** 4 bytes a value. */
        FLOAT32,
        /**
         * A sign for each value and a mean magnitude for every {@value GradientCodec#BLOCK} of them, 28 times smaller;
         * what is lost is added to the next gradient (Seide et al., 2014; Karimireddy et al., 2019).
         */
        ONE_BIT,
        /**
         * The {@value GradientCodec#KEPT} largest of every {@value GradientCodec#BLOCK} values, about 20 times smaller;
         * the rest is added to the next gradient (Stich et al., 2018).
         */
        TOP_K
    }

    /** Whether a lane carries from step to step what was lost. */
    public boolean keepsResiduals() {
        return gradients != Gradients.FLOAT32;
    }
}
