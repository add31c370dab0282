package io.freshet.store.codec;

import io.freshet.store.StoreLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * Digest of the entries that a lane holds now, whatever the order in which they came: the sum of the SHA-256 of every
 * entry, taken as four 64-bit words that are added each for itself. An entry that goes is subtracted again, so the
 * digest is kept with every write, and a scan of all entries must come to the same.
 *
 * <p>It finds what was damaged, lost, or written twice. It is no proof against somebody who chooses entries in order to
 * deceive it. Not for several threads.
 */
public final class ContentDigest {
    /** Bytes of a digest. */
    public static final int BYTES = 32;

    /** Words of a digest. */
    public static final int WORDS = BYTES / 8;

    /** What an entry is. The codes are part of the digest. */
    public enum Kind {
        /** Embedding rows, as {@link RowLayout} has them. */
        ROWS,
        /** Co-occurrence rows, as {@link CoOccurrenceLayout} has them. */
        CO_OCCURRENCES,
        /** Histories, as {@link HistoryLayout} has them. */
        HISTORIES,
        /** Dense tensors written with ticks. */
        DENSE,
        /** Optimizer states, as {@link RowLayout} has them. */
        OPTIMIZER_STATES,
        /** The owner's tensors and attributes. */
        OWN
    }

    /** {@code [WORDS]}: the words of the digest, big-endian. */
    private final long[] sum = new long[WORDS];

    private final MessageDigest sha = Sha256.digest();
    /** {@code [32]}: the SHA-256 of one entry. */
    private final byte[] entry = new byte[BYTES];
    /** {@code [WORDS]}: the same as words. */
    private final long[] words = new long[WORDS];

    /** The digest of nothing. */
    public ContentDigest() {}

    /**
     * A digest that was written down.
     *
     * @param bytes {@code [32]}
     */
    public ContentDigest(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("a content digest of " + bytes.length + " bytes: expected " + BYTES);
        }
        ByteBuffer.wrap(bytes).asLongBuffer().get(sum);
    }

    /** An entry is there: {@code key, value [bytes]}. */
    public void add(Kind kind, byte[] key, byte[] value) {
        write(kind, key, value, words, 0);
        add(words, 0);
    }

    /**
     * An entry takes the place of another.
     *
     * @param key {@code [bytes]}
     * @param before value that the key had, {@code [bytes]}; null: none
     * @param after value that it has, {@code [bytes]}; null: none
     */
    public void replace(Kind kind, byte[] key, byte @Nullable [] before, byte @Nullable [] after) {
        if (before != null) {
            write(kind, key, before, words, 0);
            subtract(words, 0);
        }
        if (after != null) {
            add(kind, key, after);
        }
    }

    /** An entry is there whose own digest is {@code words [WORDS]}, from {@code at} on. */
    public void add(long[] words, int at) {
        for (int i = 0; i < WORDS; i++) {
            sum[i] += words[at + i];
        }
    }

    /** An entry is no more whose own digest is {@code words [WORDS]}, from {@code at} on. */
    public void subtract(long[] words, int at) {
        for (int i = 0; i < WORDS; i++) {
            sum[i] -= words[at + i];
        }
    }

    /** Writes the digest of one entry, {@code key, value [bytes]}, to {@code words [WORDS]}, from {@code at} on. */
    public void write(Kind kind, byte[] key, byte[] value, long[] words, int at) {
        sha.update((byte) (kind.ordinal() + 1));
        sha.update((byte) (key.length >> 8));
        sha.update((byte) key.length);
        sha.update(key);
        sha.update(value);
        try {
            sha.digest(entry, 0, BYTES);
        } catch (DigestException e) {
            throw new IllegalStateException("SHA-256 has 32 bytes", e);
        }
        ByteBuffer.wrap(entry).asLongBuffer().get(words, at, WORDS);
    }

    /** The digest as it is now, {@code [32]} bytes. */
    public byte[] toBytes() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        bytes.asLongBuffer().put(sum);
        return bytes.array();
    }

    /** Key of what belongs to a user or an item, {@code [10]}: {@code u16 key group | i64 id}. */
    public static byte[] key(StoreLayout layout, long id) {
        return ByteBuffer.allocate(10)
                .putShort((short) layout.keyGroupOf(id))
                .putLong(id)
                .array();
    }

    /** Key of a tensor of the owner's, {@code [bytes]}. */
    public static byte[] tensorKey(String name) {
        return ("tensor/" + name).getBytes(StandardCharsets.UTF_8);
    }

    /** Key of an attribute of the owner's, {@code [bytes]}. */
    public static byte[] attributeKey(String name) {
        return ("attribute/" + name).getBytes(StandardCharsets.UTF_8);
    }
}
