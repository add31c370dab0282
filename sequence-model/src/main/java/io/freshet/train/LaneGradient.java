package io.freshet.train;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Gradients of a lane that is computed elsewhere, or floats on their way there: {@code i32 slots | i32 * slots | f32
 * ...}.
 */
final class LaneGradient {
    private LaneGradient() {}

    static byte[] toBytes(int[] slots, int count, float[]... blocks) {
        int floats = Arrays.stream(blocks).mapToInt(block -> block.length).sum();
        ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * count + 4 * floats);
        bytes.putInt(count);
        for (int i = 0; i < count; i++) {
            bytes.putInt(slots[i]);
        }
        FloatBuffer values = bytes.asFloatBuffer();
        for (float[] block : blocks) {
            values.put(block);
        }
        return bytes.array();
    }

    static int[] slots(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int[] slots = new int[in.getInt()];
        in.asIntBuffer().get(slots);
        return slots;
    }

    /** Floats {@code from .. from + count - 1} behind the slots. */
    static float[] floats(byte[] bytes, int from, int count) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int slots = in.getInt();
        in.position(4 + 4 * slots + 4 * from);
        float[] values = new float[count];
        in.asFloatBuffer().get(values);
        return values;
    }
}
