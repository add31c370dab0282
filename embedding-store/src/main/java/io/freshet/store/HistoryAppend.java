package io.freshet.store;

import java.util.List;

/** Interactions that a tick appended to a user's history, in order. */
public record HistoryAppend(long user, String subject, List<Interaction> appended) {}
