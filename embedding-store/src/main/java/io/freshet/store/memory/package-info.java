/**
 * The store on the heap: the <em>twin</em> of the one on disk, for tests and for evaluation. It keeps the same digests,
 * and snapshots are cut of it in the same way.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.store.memory;
