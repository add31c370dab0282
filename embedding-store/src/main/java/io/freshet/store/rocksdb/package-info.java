/**
 * The store in RocksDB: one database per lane, one atomic write per lane and tick.
 *
 * <p>A <em>family</em> is a column family: rows, optimizer states, co-occurrences, histories, dense tensors, the
 * owner's own, changes, and what is known of the lane itself. An <em>entry</em> is a key with its value there.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.store.rocksdb;
