package io.freshet.serving.follower;

import io.freshet.serving.follower.FollowerStatus.State;

/**
 * Whether a position in the feed is current: every end of the feed that the brokers name is passed within the limit,
 * which also takes brokers that answer.
 */
final class FeedCurrency {
    /**
     * What there is to say.
     *
     * @param state CONNECTING, CATCHING_UP or FOLLOWING
     * @param behind records between the position and the end, as far as is known
     * @param problem in words; empty if it follows
     */
    record Verdict(State state, long behind, String problem) {}

    private final FeedLog feed;
    private final long currentMillis;
    private final long startedAt;
    private long currentAt = -1;

    FeedCurrency(FeedLog feed, long currentMillis, long startedAt) {
        this.feed = feed;
        this.currentMillis = currentMillis;
        this.startedAt = startedAt;
    }

    /** The position says nothing any more: another state is followed, or another topic. */
    void reset() {
        currentAt = -1;
    }

    Verdict at(long position, long now) {
        FeedLog.Reach reach = feed.reach();
        boolean reached = reach.reachedAtMillis() >= 0;
        long behind = reached ? Math.max(0, reach.end() - position) : 0;
        if (reached && behind == 0 && reach.problem().isEmpty()) {
            currentAt = Math.max(currentAt, reach.reachedAtMillis());
        }
        String because = reach.problem().isEmpty() ? "" : ": " + reach.problem();
        if (!reached) {
            String since = now - startedAt < 1000 ? " yet" : " for " + rounded(now - startedAt);
            return new Verdict(
                    State.CONNECTING, 0, "the feed at " + feed.name() + " has not been reached" + since + because);
        }
        if (now - reach.reachedAtMillis() > currentMillis) {
            return new Verdict(
                    State.CONNECTING,
                    behind,
                    "the feed at " + feed.name() + " has not been reached for " + rounded(now - reach.reachedAtMillis())
                            + because);
        }
        if (!reach.problem().isEmpty()) {
            return new Verdict(State.CONNECTING, behind, "the feed at " + feed.name() + " cannot be read" + because);
        }
        if (currentAt >= 0 && now - currentAt <= currentMillis) {
            return new Verdict(State.FOLLOWING, behind, "");
        }
        return new Verdict(
                State.CATCHING_UP, behind, "records of the feed at " + feed.name() + " are still to be applied");
    }

    /** Seconds, then doubled steps, so that a text that is compared with the last one does not change all the time. */
    private static String rounded(long millis) {
        long seconds = Math.max(1, millis / 1000);
        if (seconds < 5) {
            return seconds + " s";
        }
        long step = 5;
        while (step * 2 <= seconds) {
            step *= 2;
        }
        return (step == seconds ? "" : "more than ") + step + " s";
    }
}
