package io.freshet.store;

/**
 * What applying a tick gave. Entries of lanes that the store does not hold are empty arrays.
 *
 * @param digests chained digest of every lane after the tick, {@code [lanes][32]}
 * @param contents {@link StateReader#contentDigest} of every lane after the tick, {@code [lanes][32]}
 * @param encoded every lane's changes in serving format, as the digests cover them and the feed carries them,
 *     {@code [lanes][bytes]}
 */
public record AppliedTick(byte[][] digests, byte[][] contents, byte[][] encoded) {}
