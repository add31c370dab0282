/**
 * Records of the log on their way through the job: as the log has them ({@link io.freshet.job.records.RawRecord}),
 * with their tick ({@link io.freshet.job.records.TickedEvent}), or refused and on their way to the <em>dead
 * letters</em> ({@link io.freshet.job.records.RejectedRecord}).
 */
@org.jspecify.annotations.NullMarked
package io.freshet.job.records;
