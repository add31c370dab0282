/** The store in RocksDB: one database per lane, one atomic write per lane and tick. */
@org.jspecify.annotations.NullMarked
package io.freshet.store.rocksdb;
