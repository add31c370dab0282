package io.freshet.store.rocksdb;

/**
 * Resources of a {@link RocksStore}, for all its lanes together.
 *
 * @param blockCacheBytes block cache, native memory
 * @param writeBufferBytes memtables, native memory
 * @param writeAheadLog whether every write is logged. A learner's durability is its checkpoint, so it goes without; a
 *     follower's is its own, so it logs
 */
public record StoreOptions(long blockCacheBytes, long writeBufferBytes, boolean writeAheadLog) {
    public StoreOptions {
        if (blockCacheBytes < 1 << 20 || writeBufferBytes < 1 << 20) {
            throw new IllegalArgumentException("store options: caches of at least 1 MiB, got block cache "
                    + blockCacheBytes + " and write buffers " + writeBufferBytes + " bytes");
        }
    }

    /** For a learner. */
    public static StoreOptions learner() {
        return new StoreOptions(64L << 20, 64L << 20, false);
    }

    /** For a follower. */
    public static StoreOptions follower() {
        return new StoreOptions(64L << 20, 64L << 20, true);
    }
}
