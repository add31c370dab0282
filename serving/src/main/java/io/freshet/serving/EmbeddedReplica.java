package io.freshet.serving;

import io.freshet.model.ModelConfig;
import io.freshet.schema.EntityIds;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.TickChanges;
import java.util.function.LongSupplier;

/** Serves the learner's own store, in the learner's process: every tick is a new view of the same RocksDB. */
public final class EmbeddedReplica {
    private final ScoringEngine engine;
    private final EmbeddingStore store;
    private final long incarnation;
    private final LongSupplier wallMillis;

    /** Installs the store's state as it is; called by the thread that writes it. */
    public EmbeddedReplica(
            ScoringEngine engine,
            ModelConfig model,
            EntityIds ids,
            EmbeddingStore store,
            long incarnation,
            LongSupplier wallMillis) {
        this.engine = engine;
        this.store = store;
        this.incarnation = incarnation;
        this.wallMillis = wallMillis;
        engine.install(model, ids, store.view(), version());
    }

    /** A tick was applied to the store; returns when queries see it. */
    public void ticked(TickChanges changes) {
        engine.advance(changes, store.view(), version());
    }

    private Version version() {
        return new Version(store.tick(), incarnation, wallMillis.getAsLong(), store.frontier());
    }
}
