package io.freshet.store.feed;

/**
 * Who publishes on a feed.
 *
 * @param repository identity of the repository whose learner it is
 * @param incarnation start of the learner
 * @param log what it learns from
 */
public record FeedAuthor(RepositoryId repository, long incarnation, LogId log) {}
