package io.freshet.store.rocksdb;

import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/** Native objects that all lanes of a store share: caches, budgets, options. */
final class StoreResources implements AutoCloseable {
    static {
        RocksDB.loadLibrary();
    }

    private final LRUCache cache;
    private final WriteBufferManager writeBuffers;
    private final BloomFilter bloom;
    final DBOptions database;
    final ColumnFamilyOptions columnFamily;

    StoreResources(StoreOptions options) {
        cache = new LRUCache(options.blockCacheBytes());
        writeBuffers = new WriteBufferManager(options.writeBufferBytes(), cache);
        bloom = new BloomFilter(10);
        database = new DBOptions()
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setAtomicFlush(true)
                .setWriteBufferManager(writeBuffers)
                .setMaxBackgroundJobs(2)
                .setKeepLogFileNum(2)
                .setMaxOpenFiles(-1);
        columnFamily = new ColumnFamilyOptions()
                .setWriteBufferSize(8L << 20)
                .setCompressionType(CompressionType.NO_COMPRESSION)
                .setTableFormatConfig(
                        new BlockBasedTableConfig().setBlockCache(cache).setFilterPolicy(bloom));
    }

    @Override
    public void close() {
        columnFamily.close();
        database.close();
        bloom.close();
        writeBuffers.close();
        cache.close();
    }
}
