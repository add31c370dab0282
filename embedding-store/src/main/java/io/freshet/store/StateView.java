package io.freshet.store;

/** A {@link StateReader} that stays at its tick while the store goes on; to be closed. */
public interface StateView extends StateReader, AutoCloseable {
    @Override
    void close();
}
