package io.freshet.train;

/** Which actions are predicted: those that say yes to an item. The others are read as history only. */
final class Supervision {
    /** Bits by action code: click, cart, purchase, like, rate, dwell, other. */
    private static final int POSITIVE = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 10;

    private Supervision() {}

    static boolean isPositive(byte action) {
        return (POSITIVE >>> (action & 31) & 1) == 1;
    }
}
