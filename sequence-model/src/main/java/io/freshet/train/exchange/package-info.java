/**
 * What the learners of one job tell each other, and how it is packed. An <em>exchange</em> is the collective calls; a
 * <em>message</em> is what one learner gives in one of them, big-endian and without names; <em>compression</em> is the
 * short form of rows and dense gradients. Bytes that a learner keeps in its store are <em>sealed</em>: with a version
 * and a checksum.
 */
@NullMarked
package io.freshet.train.exchange;

import org.jspecify.annotations.NullMarked;
