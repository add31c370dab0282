package io.freshet.store;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Bytes that are almost right, for the readers of what comes from outside: seeds with bits flipped, bytes replaced,
 * lengths made huge or negative, cut, doubled and spliced. The same seed gives the same inputs.
 *
 * <p>A fuzzer that is guided by coverage finds more; this one needs no agent and no native code, and runs in every
 * build. {@code -Dfreshet.fuzz.inputs=50000000} makes a long run of it.
 */
public final class Mutations {
    private static final int INPUTS = Integer.getInteger("freshet.fuzz.inputs", 20_000);
    private static final int[] NUMBERS = {-1, 0, 1, 127, 128, 65_535, Integer.MAX_VALUE, Integer.MIN_VALUE, 1 << 30};

    private final List<byte[]> seeds;
    private final SplittableRandom random;

    public Mutations(long seed, byte[]... seeds) {
        this.seeds = List.of(seeds);
        random = new SplittableRandom(seed);
    }

    /**
     * Gives every input to a reader.
     *
     * @param reader throws nothing but what it is allowed to
     */
    public void forEach(Consumer<byte[]> reader) {
        seeds.forEach(reader);
        for (int n = 0; n < INPUTS; n++) {
            byte[] input = next();
            try {
                reader.accept(input);
            } catch (Throwable e) {
                throw new AssertionError("input " + n + ": " + HexFormat.of().formatHex(input), e);
            }
        }
    }

    private byte[] next() {
        byte[] bytes = any().clone();
        for (int steps = 1 + random.nextInt(4); steps > 0; steps--) {
            bytes = step(bytes);
        }
        return bytes;
    }

    private byte[] any() {
        return seeds.get(random.nextInt(seeds.size()));
    }

    private byte[] step(byte[] bytes) {
        int kind = random.nextInt(7);
        if (bytes.length < 4 || kind == 0) {
            byte[] noise = new byte[random.nextInt(40)];
            random.nextBytes(noise);
            return noise;
        }
        int at = random.nextInt(bytes.length);
        switch (kind) {
            case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 2 -> bytes[at] = (byte) random.nextInt();
            case 3 ->
                ByteBuffer.wrap(bytes)
                        .putInt(random.nextInt(bytes.length - 3), NUMBERS[random.nextInt(NUMBERS.length)]);
            case 4 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 5 -> {
                byte[] doubled = Arrays.copyOf(bytes, bytes.length + bytes.length - at);
                System.arraycopy(bytes, at, doubled, bytes.length, bytes.length - at);
                return doubled;
            }
            default -> {
                byte[] other = any();
                int from = Math.min(at, other.length);
                byte[] spliced = Arrays.copyOf(bytes, at + other.length - from);
                System.arraycopy(other, from, spliced, at, other.length - from);
                return spliced;
            }
        }
        return bytes;
    }
}
