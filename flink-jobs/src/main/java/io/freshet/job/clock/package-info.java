/**
 * The log's clock. A partition's <em>clock</em> is a function of the partition's prefix; a record's <em>tick</em>
 * follows from it; a tick is <em>closed</em> when no partition holds it any more. A <em>probe</em> asks for the log's
 * end offsets; the <em>ledger</em> is what earlier incarnations of the job have published of closed ticks.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.job.clock;
