package io.freshet.store.feed;

/**
 * A whole tick as the feed brought it.
 *
 * @param marker its end
 * @param lanes encoded changes of every lane, in lane order, {@code [lanes][bytes]}
 */
public record FeedTick(FeedFrame.Marker marker, byte[][] lanes) {}
