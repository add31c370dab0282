package io.freshet.train.exchange;

import io.freshet.kernel.Floats;

/**
 * A row on its way between a device and a message, in the precision that rows travel with: float32, or bfloat16 rounded
 * to nearest even. Holds one row at a time.
 */
public final class RowCodec {
    private final boolean bfloat16;
    /** The row, {@code [D]}. */
    private final float[] row;

    /** Rows of a width in one of the forms. */
    public RowCodec(int width, Compression.Rows form) {
        bfloat16 = form == Compression.Rows.BFLOAT16;
        row = new float[width];
    }

    /** Whether a row may change on its way. */
    public boolean rounds() {
        return bfloat16;
    }

    /** Loads row {@code at} of a block {@code [rows, D]}, rounded to the precision that it travels with. */
    public void load(Floats block, int at) {
        block.download(at * row.length, row, 0, row.length);
        for (int i = 0; bfloat16 && i < row.length; i++) {
            row[i] = bfloat16(row[i]);
        }
    }

    /** Stores the row as row {@code at} of a block {@code [rows, D]}. */
    public void store(Floats block, int at) {
        block.upload(row, 0, at * row.length, row.length);
    }

    /** Writes the row that was loaded. */
    public void put(MessageWriter writer) {
        if (bfloat16) {
            writer.putBfloat16(row, 0, row.length);
        } else {
            writer.putFloats(row, 0, row.length);
        }
    }

    /** Reads a row that {@link #put} wrote. */
    public void get(MessageReader reader) {
        if (bfloat16) {
            reader.getBfloat16(row, 0, row.length);
        } else {
            reader.getFloats(row, 0, row.length);
        }
    }

    /** A value as bfloat16 says it, rounded to nearest even. */
    static float bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
    }
}
