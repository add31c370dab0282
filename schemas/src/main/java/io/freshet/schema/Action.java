package io.freshet.schema;

import java.util.Locale;
import java.util.Optional;

/** What was done. Codes are stable: they stand in stored histories. */
public enum Action {
    IMPRESSION,
    CLICK,
    CART,
    PURCHASE,
    LIKE,
    RATE,
    DWELL,
    SKIP,
    HIDE,
    REFUND,
    OTHER;

    /** Code in histories, 0 to 10. */
    public byte code() {
        return (byte) ordinal();
    }

    /** Name on the wire, lower case. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The action of a wire name, in any case; empty if there is none. */
    public static Optional<Action> fromWireName(String name) {
        for (Action action : values()) {
            if (action.name().equalsIgnoreCase(name)) {
                return Optional.of(action);
            }
        }
        return Optional.empty();
    }

    /** The action of a code. */
    public static Action fromCode(int code) {
        return code >= 0 && code < values().length ? values()[code] : OTHER;
    }
}
