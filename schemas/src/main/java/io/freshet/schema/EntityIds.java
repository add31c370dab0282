package io.freshet.schema;

import java.nio.charset.StandardCharsets;
import org.apache.commons.codec.digest.MurmurHash3;

/** Ids are strings at the edge and 64-bit hashes inside. */
public final class EntityIds {
    private EntityIds() {}

    /** First half of the 128-bit Murmur3 hash of the id's UTF-8 bytes. */
    public static long hash(String id) {
        byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
        return MurmurHash3.hash128x64(utf8, 0, utf8.length, 0)[0];
    }
}
