/**
 * Going back over what was learned: an <em>audit</em> learns a tick again from the nearest snapshot and the log, and
 * compares digests with those that were published; a <em>rollback</em> says which snapshot the next start begins with.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.job.audit;
