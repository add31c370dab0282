/**
 * Directories of this machine that belong to a store: who <em>holds</em> one, what file says that it is a store, and of
 * which shape, and what a directory to which a snapshot was restored is to be compared with.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.store.directory;
