package io.freshet.train.exchange;

import io.freshet.train.exchange.Compression.Gradients;
import java.util.Arrays;

/**
 * Dense gradients in fewer bytes. {@link #quantise} replaces values by what the short form can say and keeps the rest;
 * {@link #put} and {@link #get} then carry them without further loss. Blocks are counted from the beginning of a slice,
 * so that a slice's form depends on the slice alone.
 */
public final class GradientCodec {
    /** Values that share a magnitude, or compete for being kept. */
    static final int BLOCK = 256;

    /** Values kept of a block by {@link Gradients#TOP_K}. */
    static final int KEPT = 8;

    private final Gradients form;
    /** Indices of a block's largest values, falling, {@code [KEPT]}. */
    private final int[] largest = new int[KEPT];

    /** A codec of one form; one thread at a time. */
    public GradientCodec(Gradients form) {
        this.form = form;
    }

    /**
     * Replaces values of a slice, {@code from .. to - 1}, plus what was lost before by what the short form can say.
     *
     * @param values dense gradient {@code [P]}
     * @param residual what was lost so far, of the same places, {@code [P]}; updated
     */
    public void quantise(float[] values, float[] residual, int from, int to) {
        if (!finite(values, from, to)) {
            // The step will be skipped: the others must hear of it, and the residual must not.
            Arrays.fill(values, from, to, 0f);
            values[from] = Float.NaN;
            return;
        }
        for (int at = from; at < to; at += BLOCK) {
            int end = Math.min(at + BLOCK, to);
            for (int i = at; i < end; i++) {
                residual[i] += values[i];
            }
            if (form == Gradients.ONE_BIT) {
                signs(values, residual, at, end);
            } else {
                keep(values, residual, at, end);
            }
            for (int i = at; i < end; i++) {
                residual[i] -= values[i];
            }
        }
    }

    private static boolean finite(float[] values, int from, int to) {
        float sum = 0;
        for (int i = from; i < to; i++) {
            sum += values[i] * 0f;
        }
        return sum == 0;
    }

    private static void signs(float[] values, float[] wanted, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += Math.abs(wanted[i]);
        }
        float magnitude = (float) (sum / (to - from));
        for (int i = from; i < to; i++) {
            values[i] = wanted[i] < 0 ? -magnitude : magnitude;
        }
    }

    private void keep(float[] values, float[] wanted, int from, int to) {
        int count = 0;
        for (int i = from; i < to; i++) {
            // Equals stand in order of their places.
            int at = count < KEPT ? count++ : KEPT;
            for (; at > 0 && Math.abs(wanted[largest[at - 1]]) < Math.abs(wanted[i]); at--) {
                if (at < KEPT) {
                    largest[at] = largest[at - 1];
                }
            }
            if (at < KEPT) {
                largest[at] = i;
            }
        }
        Arrays.fill(values, from, to, 0f);
        for (int k = 0; k < count; k++) {
            values[largest[k]] = wanted[largest[k]];
        }
    }

    /** Writes quantised values of one slice, {@code from .. to - 1}, of {@code values [P]}. */
    public void put(MessageWriter writer, float[] values, int from, int to) {
        if (form == Gradients.FLOAT32) {
            writer.putFloats(values, from, to - from);
            return;
        }
        for (int at = from; at < to; at += BLOCK) {
            int end = Math.min(at + BLOCK, to);
            if (form == Gradients.ONE_BIT) {
                putSigns(writer, values, at, end);
            } else {
                putKept(writer, values, at, end);
            }
        }
    }

    private static void putSigns(MessageWriter writer, float[] values, int from, int to) {
        writer.putFloat(Math.abs(values[from]));
        for (int at = from; at < to; at += Integer.SIZE) {
            int bits = 0;
            for (int i = at; i < Math.min(at + Integer.SIZE, to); i++) {
                bits |= Float.floatToRawIntBits(values[i]) < 0 ? 1 << (i - at) : 0;
            }
            writer.putInt(bits);
        }
    }

    private static void putKept(MessageWriter writer, float[] values, int from, int to) {
        int count = 0;
        for (int i = from; i < to; i++) {
            count += values[i] != 0 ? 1 : 0;
        }
        writer.putByte(count);
        for (int i = from; i < to; i++) {
            if (values[i] != 0) {
                writer.putByte(i - from);
                writer.putFloat(values[i]);
            }
        }
    }

    /** Reads what {@link #put} wrote into the same slice of {@code values [P]}. */
    public void get(MessageReader reader, float[] values, int from, int to) {
        if (form == Gradients.FLOAT32) {
            reader.getFloats(values, from, to - from);
            return;
        }
        for (int at = from; at < to; at += BLOCK) {
            int end = Math.min(at + BLOCK, to);
            if (form == Gradients.ONE_BIT) {
                getSigns(reader, values, at, end);
            } else {
                Arrays.fill(values, at, end, 0f);
                for (int n = reader.getByte(); n > 0; n--) {
                    values[at + reader.getByte()] = reader.getFloat();
                }
            }
        }
    }

    private static void getSigns(MessageReader reader, float[] values, int from, int to) {
        float magnitude = reader.getFloat();
        for (int at = from; at < to; at += Integer.SIZE) {
            int bits = reader.getInt();
            for (int i = at; i < Math.min(at + Integer.SIZE, to); i++) {
                values[i] = (bits >>> (i - at) & 1) == 0 ? magnitude : -magnitude;
            }
        }
    }
}
