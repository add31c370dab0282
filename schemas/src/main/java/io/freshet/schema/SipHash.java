package io.freshet.schema;

/**
 * SipHash-2-4 of Aumasson and Bernstein: a keyed 64-bit hash of short inputs. Whoever does not know the key cannot
 * look for two inputs with one hash better than by chance.
 */
final class SipHash {
    private final long k0;
    private final long k1;

    /**
     * A hash under a key.
     *
     * @param k0 first half of the key, its bytes read in little-endian order
     * @param k1 second half
     */
    SipHash(long k0, long k1) {
        this.k0 = k0;
        this.k1 = k1;
    }

    /** The hash of a whole array. */
    long hash(byte[] in) {
        long v0 = k0 ^ 0x736f6d6570736575L;
        long v1 = k1 ^ 0x646f72616e646f6dL;
        long v2 = k0 ^ 0x6c7967656e657261L;
        long v3 = k1 ^ 0x7465646279746573L;
        int words = in.length / 8;
        // The words, then one of the bytes that are left and the length, then four rounds that end it.
        for (int word = 0; word <= words + 1; word++) {
            boolean end = word > words;
            long m = end ? 0 : word(in, 8 * word);
            v3 ^= m;
            v2 ^= end ? 0xff : 0;
            for (int round = end ? 4 : 2; round > 0; round--) {
                v0 += v1;
                v2 += v3;
                v1 = Long.rotateLeft(v1, 13) ^ v0;
                v3 = Long.rotateLeft(v3, 16) ^ v2;
                v0 = Long.rotateLeft(v0, 32);
                v2 += v1;
                v0 += v3;
                v1 = Long.rotateLeft(v1, 17) ^ v2;
                v3 = Long.rotateLeft(v3, 21) ^ v0;
                v2 = Long.rotateLeft(v2, 32);
            }
            v0 ^= m;
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }

    /** Eight bytes in little-endian order; the last word ends with the length's lowest byte. */
    private static long word(byte[] in, int from) {
        int count = Math.min(8, in.length - from);
        long m = count < 8 ? (long) in.length << 56 : 0;
        for (int i = 0; i < count; i++) {
            m |= (in[from + i] & 0xffL) << (8 * i);
        }
        return m;
    }
}
