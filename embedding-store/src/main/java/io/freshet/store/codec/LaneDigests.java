package io.freshet.store.codec;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/**
 * What a lane's state is known by, hexadecimal, 64 digits each.
 *
 * @param chain SHA-256 chained over the changes of all ticks: which way the lane went
 * @param content {@link ContentDigest} of what serving reads: rows, co-occurrence rows, histories, dense tensors
 * @param own {@link ContentDigest} of what only the learner reads: optimizer states, its tensors and attributes
 */
public record LaneDigests(String chain, String content, String own) {
    /** Of a lane that is not held: empty. */
    public static LaneDigests none() {
        return new LaneDigests("", "", "");
    }

    /** The digests of a lane as bytes: {@code chain, content, own [32]}. */
    public static LaneDigests of(byte[] chain, byte[] content, byte[] own) {
        HexFormat hex = HexFormat.of();
        return new LaneDigests(hex.formatHex(chain), hex.formatHex(content), hex.formatHex(own));
    }

    /**
     * Refuses content that has not the digest, {@code found [32]}, that was kept with it, {@code kept [32]}.
     *
     * @param what the digest is of, and where
     * @throws ContentMismatch naming it, with both digests
     */
    public static void require(String what, byte[] kept, byte[] found) {
        if (!Arrays.equals(kept, found)) {
            HexFormat hex = HexFormat.of();
            throw new ContentMismatch(what + " has the digest " + hex.formatHex(found) + ", but "
                    + hex.formatHex(kept) + " was kept with it: the state is damaged. Discard it, and restore or"
                    + " bootstrap it again");
        }
    }

    /**
     * Refuses a lane that is not the one of a snapshot.
     *
     * @throws IllegalStateException naming lane and directory
     */
    public void requireSame(LaneDigests found, int lane, Object where) {
        if (!Objects.equals(this, found)) {
            throw new IllegalStateException("lane " + lane + " restored to " + where + " has the digests " + found
                    + ", its snapshot says " + this + ": choose another snapshot");
        }
    }
}
