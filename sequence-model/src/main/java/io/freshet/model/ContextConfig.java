package io.freshet.model;

import java.io.Serializable;

/**
 * How much of a history a sequence has.
 *
 * @param window most tokens in one sequence, the begin token included
 * @param context most tokens of history before the first predicted event, the begin token included
 */
public record ContextConfig(int window, int context) implements Serializable {
    public ContextConfig {
        ModelConfig.check(window >= 2 && window <= 4096, "window", window, "2 to 4096");
        ModelConfig.check(context >= 1 && context < window, "context", context, "1 to window - 1");
    }
}
