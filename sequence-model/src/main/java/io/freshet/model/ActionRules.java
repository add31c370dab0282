package io.freshet.model;

import io.freshet.store.Interaction;
import java.io.Serializable;
import java.util.Locale;
import java.util.Map;

/**
 * What an interaction says of its item: yes, no, or nothing. Part of the model, so that whoever learns and whoever
 * serves read a history alike; docs/actions.md has the rules and their reasons.
 *
 * @param ratingThreshold lowest rating that says yes; a rating below it says no. Minus infinity, or the scale's lowest
 *     value: every rating says yes
 * @param dwellThreshold least value of a dwell that says yes, in the log's own unit; a shorter one says nothing
 * @param impressions what is made of something that was shown, or skipped
 * @param hideWeight what the neighbours of a hidden item lose for the user who hid it: this, times the share of the
 *     neighbour in what stood near it, and times its cosine with it; 0: nothing
 */
public record ActionRules(float ratingThreshold, float dwellThreshold, Impressions impressions, float hideWeight)
        implements Serializable {

    /** What an interaction says of its item. */
    public enum Meaning {
        /** Yes: it is predicted, and counts. */
        POSITIVE,
        /** Nothing: it is read, and that is all. */
        NEUTRAL,
        /** No: it is read, never counts for the item, and takes the item from the user. */
        NEGATIVE
    }

    /** What is made of impressions and skips. */
    public enum Impressions {
        /** Nothing: the network reads them. */
        IGNORE,
        /** An item that was shown and passed over for another gets a little less likely for this user. */
        WEAK_NEGATIVE
    }

    /** Row of the action table for ratings that say no; no action has this code. */
    public static final int LOW_RATING = 31;

    /**
     * What an item loses that its user refused: more than other terms give, so that he gets it only where he names it.
     */
    public static final float REFUSAL = 32f;

    /** What an item loses by the logarithm of 1 + times that its user passed it over, with weak negatives. */
    public static final float PASSED_OVER = 0.3f;

    /** Ratings from 3 on say yes, impressions say nothing. */
    public static final ActionRules DEFAULT = new ActionRules(3f, 0f, Impressions.IGNORE, 0.5f);

    /** The default rules, but every rating says yes, as published protocols have it. */
    public static final ActionRules EVERY_RATING =
            new ActionRules(Float.NEGATIVE_INFINITY, 0f, Impressions.IGNORE, 0.5f);

    private static final String PREFIX = "model.actions.";
    private static final byte CLICK = 1;
    private static final byte CART = 2;
    private static final byte PURCHASE = 3;
    private static final byte LIKE = 4;
    private static final byte RATE = 5;
    private static final byte DWELL = 6;
    private static final byte HIDE = 8;
    private static final byte REFUND = 9;
    private static final byte OTHER = 10;

    public ActionRules {
        check(!Float.isNaN(ratingThreshold), "rating-threshold", ratingThreshold, "a number");
        check(dwellThreshold >= 0, "dwell-threshold", dwellThreshold, "0 or more");
        check(hideWeight >= 0 && hideWeight <= REFUSAL, "hide-weight", hideWeight, "0 to " + REFUSAL);
    }

    /** What an interaction says of its item. */
    public Meaning of(Interaction done) {
        return of(done.action(), done.value());
    }

    /**
     * What an action with a value says of its item.
     *
     * @param value of a rating: the rating, or not a number if the event gave none, which says yes like any interaction
     */
    public Meaning of(byte action, float value) {
        return switch (action) {
            case CLICK, CART, PURCHASE, LIKE, OTHER -> Meaning.POSITIVE;
            case RATE -> value < ratingThreshold ? Meaning.NEGATIVE : Meaning.POSITIVE;
            case DWELL -> value < dwellThreshold ? Meaning.NEUTRAL : Meaning.POSITIVE;
            case HIDE, REFUND -> Meaning.NEGATIVE;
            default -> Meaning.NEUTRAL;
        };
    }

    /** Whether an interaction says yes. */
    public boolean wants(Interaction done) {
        return of(done) == Meaning.POSITIVE;
    }

    /** Whether an interaction says no to what is like its item, too. */
    public boolean hides(Interaction done) {
        return done.action() == HIDE;
    }

    /** Whether passing over an item that was shown makes it less likely. */
    public boolean discountsImpressions() {
        return impressions == Impressions.WEAK_NEGATIVE;
    }

    /** Row of an interaction in the action table: its action's, but a rating that says no has a row of its own. */
    public int tokenRow(Interaction done) {
        boolean low = done.action() == RATE && of(done) == Meaning.NEGATIVE;
        return low ? LOW_RATING : done.action() & 31;
    }

    /** Adds the rules as text, for a snapshot's manifest. */
    void addTo(Map<String, String> properties) {
        properties.put(PREFIX + "rating-threshold", Float.toString(ratingThreshold));
        properties.put(PREFIX + "dwell-threshold", Float.toString(dwellThreshold));
        properties.put(PREFIX + "impressions", impressions.name().toLowerCase(Locale.ROOT));
        properties.put(PREFIX + "hide-weight", Float.toString(hideWeight));
    }

    /** Reads what {@link #addTo} wrote; a snapshot from before there were rules has the default ones. */
    static ActionRules from(Map<String, String> properties) {
        return new ActionRules(
                number(properties, "rating-threshold", DEFAULT.ratingThreshold),
                number(properties, "dwell-threshold", DEFAULT.dwellThreshold),
                Impressions.valueOf(properties
                        .getOrDefault(PREFIX + "impressions", DEFAULT.impressions.name())
                        .toUpperCase(Locale.ROOT)),
                number(properties, "hide-weight", DEFAULT.hideWeight));
    }

    private static float number(Map<String, String> properties, String name, float fallback) {
        String value = properties.get(PREFIX + name);
        return value == null ? fallback : Float.parseFloat(value);
    }

    private static void check(boolean valid, String name, Object value, String expected) {
        if (!valid) {
            throw new IllegalArgumentException("learner.actions." + name + " = " + value + ": expected " + expected);
        }
    }
}
