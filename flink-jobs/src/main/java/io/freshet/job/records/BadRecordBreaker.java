package io.freshet.job.records;

import java.nio.ByteBuffer;

/**
 * Stops a job that is draining a partition into its dead letters: clearly more than 5 % bad records, by three standard
 * deviations of what 5 % would give, within a minute of log time, or within as many minutes as it takes for enough
 * records to come. A function of the partition's prefix alone, so that a restart stops at the same record, however
 * partitions are read.
 */
public final class BadRecordBreaker {
    /** Fewer records than this prove nothing. */
    private static final int ENOUGH = 200;

    private static final long MINUTE_MILLIS = 60_000;
    /** A minute so far ahead of an event was somebody's wrong clock. */
    private static final long FAR_MINUTES = 60;

    private long minute = Long.MIN_VALUE;
    private long records;
    private long bad;

    /** Counts a record; gives whether there are too many bad ones now. */
    public boolean count(long timestampMillis, boolean isBad) {
        long now = Math.floorDiv(timestampMillis, MINUTE_MILLIS);
        // A bad record's wild timestamp moves nothing; a minute that was far ahead is left with the next event.
        boolean ahead = now > minute && (!isBad || now <= minute + FAR_MINUTES);
        boolean behind = !isBad && now < minute - FAR_MINUTES;
        if (minute == Long.MIN_VALUE || ahead || behind) {
            minute = now;
            if (records >= ENOUGH) {
                records = 0;
                bad = 0;
            }
        }
        records++;
        bad += isBad ? 1 : 0;
        // bad - n / 20 > 3 sqrt(n / 20), in whole numbers: a log with 3 % never comes there by chance.
        long excess = 20 * bad - records;
        return records >= ENOUGH && excess > 0 && excess * excess > 9 * 20 * records;
    }

    /** Records so far of the minutes that are looked at. */
    public long records() {
        return records;
    }

    /** Bad ones among them. */
    public long bad() {
        return bad;
    }

    /** Its counts, for a checkpoint. */
    public byte[] save() {
        return ByteBuffer.allocate(24)
                .putLong(minute)
                .putLong(records)
                .putLong(bad)
                .array();
    }

    /** Goes on from what {@link #save} gave. */
    public void restore(byte[] saved) {
        ByteBuffer in = ByteBuffer.wrap(saved);
        minute = in.getLong();
        records = in.getLong();
        bad = in.getLong();
    }
}
