package io.freshet.store.snapshot;

/**
 * Which committed snapshots stay: the newest one, and of the others those that are both among the newest {@code keep}
 * and no older than {@code maxAgeMillis}. Tagged ones always do.
 *
 * @param keep snapshots to keep, at least 1
 * @param maxAgeMillis age up to which they are kept, ms; {@link Long#MAX_VALUE} for any
 */
public record Retention(int keep, long maxAgeMillis) {
    public Retention {
        if (keep < 1 || maxAgeMillis < 0) {
            throw new IllegalArgumentException(
                    "keep " + keep + " snapshots of at most " + maxAgeMillis + " ms: expected at least one and an age");
        }
    }

    /** The newest ones, however old. */
    public static Retention newest(int keep) {
        return new Retention(keep, Long.MAX_VALUE);
    }

    /** Whether the snapshot that {@code newer} others are newer than stays. */
    boolean keeps(Manifest manifest, int newer, long nowMillis) {
        return newer == 0 || newer < keep && nowMillis - manifest.createdMillis() <= maxAgeMillis;
    }
}
