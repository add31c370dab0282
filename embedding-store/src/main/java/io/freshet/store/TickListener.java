package io.freshet.store;

/** Is told of every tick after it was applied, on the learner's thread; must not block. */
public interface TickListener {
    /**
     * @param changes what the tick did
     * @param digests digest of every lane after it
     */
    void onTick(TickChanges changes, byte[][] digests);
}
