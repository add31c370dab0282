package io.freshet.schema;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Ids are strings at the edge and 64-bit hashes inside: SipHash-2-4, under one key, of a byte that says what is named
 * and the name in UTF-8. Users, sessions, items and events of the same name have different hashes.
 *
 * <p>With a key that only its owner knows, nobody can make ids that collide. The standard key is public; under it ids
 * are as good as unkeyed ones.
 */
public final class EntityIds {
    private static final String STANDARD_KEY = "66726573686574206964732c206b6579";
    private static final EntityIds STANDARD = keyed(STANDARD_KEY);

    private static final byte USER = 1;
    private static final byte SESSION = 2;
    private static final byte ITEM = 3;
    private static final byte EVENT = 4;
    private static final byte NAMELESS = 5;

    private final SipHash hash;
    private final String key;

    private EntityIds(byte[] key16) {
        ByteBuffer halves = ByteBuffer.wrap(key16).order(ByteOrder.LITTLE_ENDIAN);
        hash = new SipHash(halves.getLong(), halves.getLong());
        key = HexFormat.of().formatHex(key16);
    }

    /**
     * Ids under a key.
     *
     * @param key16 16 bytes
     * @throws IllegalArgumentException if it has another length
     */
    public static EntityIds keyed(byte[] key16) {
        if (key16.length != 16) {
            throw new IllegalArgumentException("a key of " + key16.length + " bytes for ids: expected 16");
        }
        return new EntityIds(key16);
    }

    /**
     * Ids under a key of 32 hexadecimal digits.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static EntityIds keyed(String hex) {
        if (!hex.matches("[0-9a-fA-F]{32}")) {
            throw new IllegalArgumentException(
                    "a key of " + hex.length() + " characters for ids: expected 32 hexadecimal digits");
        }
        return keyed(HexFormat.of().parseHex(hex));
    }

    /** Ids under the standard key, which everybody knows. */
    public static EntityIds standard() {
        return STANDARD;
    }

    /** The key, 32 hexadecimal digits. */
    public String key() {
        return key;
    }

    /** Hash of a user's id. */
    public long user(String id) {
        return hash(USER, id);
    }

    /** Hash of the id of a session without a user. */
    public long session(String id) {
        return hash(SESSION, id);
    }

    /** Hash of an item's id. */
    public long item(String id) {
        return hash(ITEM, id);
    }

    /** Hash of an event's id. */
    public long event(String id) {
        return hash(EVENT, id);
    }

    /** Hash of the subject whose history is kept. */
    public long subject(SubjectId subject) {
        return switch (subject.kind()) {
            case USER -> user(subject.id());
            case SESSION -> session(subject.id());
            case EVENT -> hash(NAMELESS, subject.id());
        };
    }

    /** Hash of a subject as {@link SubjectId#stored} has it. */
    public long subject(String stored) {
        return subject(SubjectId.of(stored));
    }

    private long hash(byte domain, String id) {
        byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
        byte[] message = new byte[utf8.length + 1];
        message[0] = domain;
        System.arraycopy(utf8, 0, message, 1, utf8.length);
        return hash.hash(message);
    }
}
