/**
 * The log of a fault run: what its writers put into it, in which layout of partitions, and what became of every record
 * (its <em>delivery</em>).
 */
@org.jspecify.annotations.NullMarked
package io.freshet.verification.faults.log;
