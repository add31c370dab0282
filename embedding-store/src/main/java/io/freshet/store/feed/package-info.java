/**
 * The change feed: how ticks travel from the learner to followers. A tick is a run of <em>parts</em> (lane changes, cut
 * to what a broker takes) and one <em>marker</em> that names the digest of every lane. The <em>incarnation</em> rises
 * with every start of a learner; a tick that is sent again by a later one must have the same digests.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.store.feed;
