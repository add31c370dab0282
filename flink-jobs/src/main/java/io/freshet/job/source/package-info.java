/**
 * The log as a Flink source. One reader reads all partitions, knows its <em>position</em> in each (behind control
 * records and gaps), gives records their ticks, and closes ticks. The <em>fetcher</em> reads on a thread of its own,
 * the <em>probe</em> looks at the log's ends on another; the ticks themselves are made on the task's thread alone.
 */
@org.jspecify.annotations.NullMarked
package io.freshet.job.source;
