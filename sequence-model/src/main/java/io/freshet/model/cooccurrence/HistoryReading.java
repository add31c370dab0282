package io.freshet.model.cooccurrence;

import io.freshet.model.ActionRules;
import io.freshet.model.LogitBiases;
import io.freshet.model.LongIndex;
import io.freshet.model.ModelConfig;
import io.freshet.store.Interaction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * The end of one history as the sparse memory reads it: the last items that the user wanted, those that he refused (his
 * last word on them was no, so that what he did with them before is no wish any more), and those that he passed over
 * (they were shown, he took another). One for all lanes; refilled without allocation.
 */
public final class HistoryReading {
    /** Most hidden items whose neighbours lose, the latest. */
    private static final int MOST_HIDDEN = 7;

    private final ActionRules rules;
    private final int reach;
    /** The last wanted interactions, oldest first. */
    private final List<Interaction> wanted = new ArrayList<>(LogitBiases.LAGS);
    /** What the user said last of items, and whether it was no; filled only where a history has more than wishes. */
    private final LongIndex judged = new LongIndex();

    private long[] refused = new long[16]; // [refusals]
    private int refusals;
    private final long[] hidden = new long[MOST_HIDDEN]; // [hides]
    private int hides;
    private long[] passedOver = new long[16]; // [passes]
    private int[] times = new int[16]; // [passes]
    private int passes;
    private final LongIndex passIndex = new LongIndex();
    /** Whether the history has more than wishes. */
    private boolean dirty;

    private HistoryReading(ActionRules rules, int reach) {
        this.rules = rules;
        this.reach = reach;
    }

    /** One that reaches as far as learners know each other's histories. */
    public static HistoryReading of(ModelConfig config) {
        return new HistoryReading(config.actions(), reach(config));
    }

    /** One that reads all of a history. */
    public static HistoryReading whole(ModelConfig config) {
        return new HistoryReading(config.actions(), Integer.MAX_VALUE);
    }

    /** Interactions before a place of a history that are read. */
    public static int reach(ModelConfig config) {
        return Math.max(config.context() - 1, LogitBiases.LAGS);
    }

    /** Reads the interactions before {@code end}. */
    public void read(List<Interaction> history, int end) {
        clear();
        int from = Math.max(0, end - reach);
        for (int at = end - 1; at >= from && !dirty; at--) {
            dirty = !rules.wants(history.get(at));
        }
        if (dirty) {
            judge(history, from, end);
        }
        for (int at = end - 1; at >= from && wanted.size() < LogitBiases.LAGS; at--) {
            Interaction token = history.get(at);
            if (!dirty || rules.wants(token) && !refuses(token.item())) {
                wanted.add(token);
            }
        }
        Collections.reverse(wanted);
    }

    private void clear() {
        wanted.clear();
        refusals = 0;
        hides = 0;
        passes = 0;
        if (dirty) {
            judged.clear();
            passIndex.clear();
            dirty = false;
        }
    }

    private void judge(List<Interaction> history, int from, int end) {
        boolean tookAnother = false;
        for (int at = end - 1; at >= from; at--) {
            Interaction token = history.get(at);
            boolean open = judged.get(token.item()) < 0;
            switch (rules.of(token)) {
                case POSITIVE -> {
                    tookAnother = true;
                    if (open) {
                        judged.put(token.item(), 0);
                    }
                }
                case NEGATIVE -> {
                    if (open) {
                        judged.put(token.item(), 1);
                        refuse(token);
                    }
                }
                case NEUTRAL -> {
                    if (open && tookAnother && rules.discountsImpressions()) {
                        pass(token.item());
                    }
                }
            }
        }
    }

    private void refuse(Interaction token) {
        if (refusals == refused.length) {
            refused = Arrays.copyOf(refused, 2 * refusals);
        }
        refused[refusals++] = token.item();
        if (rules.hides(token) && hides < MOST_HIDDEN) {
            hidden[hides++] = token.item();
        }
    }

    private void pass(long item) {
        int at = passIndex.get(item);
        if (at < 0) {
            if (passes == passedOver.length) {
                passedOver = Arrays.copyOf(passedOver, 2 * passes);
                times = Arrays.copyOf(times, 2 * passes);
            }
            at = passes++;
            passIndex.put(item, at);
            passedOver[at] = item;
            times[at] = 0;
        }
        times[at]++;
    }

    /** The last wanted interactions, oldest first; at most {@link LogitBiases#LAGS}. Valid until the next reading. */
    public List<Interaction> wanted() {
        return wanted;
    }

    /** Number of refused items. */
    int refusals() {
        return refusals;
    }

    /** A refused item, the latest first. */
    long refused(int at) {
        return refused[at];
    }

    /** Whether the user's last word on an item, as far as this reaches, was no. */
    public boolean refuses(long item) {
        return refusals > 0 && judged.get(item) == 1;
    }

    /** Number of hidden items whose neighbours lose. */
    public int hides() {
        return hides;
    }

    /** A hidden item whose neighbours lose, the latest first. */
    public long hidden(int at) {
        return hidden[at];
    }

    /** Weight of what is like a hidden item. */
    public float hideWeight() {
        return rules.hideWeight();
    }

    /** Number of items that were passed over. */
    int passes() {
        return passes;
    }

    /** An item that was passed over, the latest first. */
    long passedOver(int at) {
        return passedOver[at];
    }

    /** How often an item was passed over. */
    int times(int at) {
        return times[at];
    }
}
