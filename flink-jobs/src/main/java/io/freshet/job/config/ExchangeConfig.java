package io.freshet.job.config;

import java.io.Serializable;

/**
 * How the learners of a job reach each other.
 *
 * @param address address at which they listen
 * @param timeoutMillis how long a learner waits for another, ms
 */
public record ExchangeConfig(String address, long timeoutMillis) implements Serializable {
    public ExchangeConfig {
        ConfigKey.check(!address.isBlank(), "exchange.address", address, "an address of this machine");
        ConfigKey.check(timeoutMillis > 0, "exchange.timeout", timeoutMillis, "a positive time");
    }
}
