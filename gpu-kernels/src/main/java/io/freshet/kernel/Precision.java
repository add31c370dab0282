package io.freshet.kernel;

import java.util.Locale;

/** Precision of matrix products. Weights, gradients and sums are float32 in any case. */
public enum Precision {
    /** Float32 throughout. */
    F32,
    /** Operands of products rounded to bf16, sums in float32; needs a library and a processor that has it. */
    BF16;

    /**
     * The precision of a name.
     *
     * @throws IllegalArgumentException naming the ones there are
     */
    public static Precision of(String name) {
        return switch (name) {
            case "f32" -> F32;
            case "bf16" -> BF16;
            default -> throw new IllegalArgumentException("unknown precision " + name + "; known are f32, bf16");
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
