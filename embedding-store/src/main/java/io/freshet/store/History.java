package io.freshet.store;

import java.util.List;

/**
 * The last interactions of one user, oldest first.
 *
 * @param user hashed user id
 * @param subject the id as the log has it; tells a hash collision from the same user
 * @param interactions at most {@link StoreLayout#historyLength}, oldest first
 */
public record History(long user, String subject, List<Interaction> interactions) {}
