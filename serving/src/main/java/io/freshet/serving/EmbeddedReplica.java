package io.freshet.serving;

import io.freshet.model.ModelConfig;
import io.freshet.schema.EntityIds;
import io.freshet.store.EmbeddingStore;
import io.freshet.store.TickChanges;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the learner's own store, in the learner's process: every tick is a new view of the same RocksDB. A scorer that
 * fails must not stop the learner: the engine is loaded again with the next tick, and counted.
 */
public final class EmbeddedReplica implements Replica {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedReplica.class);

    private final ScoringEngine engine;
    private final ModelConfig model;
    private final EntityIds ids;
    private final EmbeddingStore store;
    private final long incarnation;
    private final LongSupplier wallMillis;
    private final AtomicLong reinstalls = new AtomicLong();
    private volatile String problem = "";

    /** Installs the store's state as it is; called by the thread that writes it. */
    public EmbeddedReplica(
            ScoringEngine engine,
            ModelConfig model,
            EntityIds ids,
            EmbeddingStore store,
            long incarnation,
            LongSupplier wallMillis) {
        this.engine = engine;
        this.model = model;
        this.ids = ids;
        this.store = store;
        this.incarnation = incarnation;
        this.wallMillis = wallMillis;
        engine.install(model, ids, store.view(), version());
    }

    /** A tick was applied to the store; returns when queries see it. */
    public void ticked(TickChanges changes) {
        if (engine.failure() != null) {
            return;
        }
        try {
            if (problem.isEmpty()) {
                engine.advance(changes, store.view(), version());
            } else {
                engine.install(model, ids, store.view(), version());
                reinstalls.incrementAndGet();
                problem = "";
            }
        } catch (RuntimeException e) {
            LOG.error("the scorer did not take tick {}; it is loaded again with the next one", changes.tick(), e);
            problem = "it did not take tick " + changes.tick() + ": " + e;
        }
    }

    private Version version() {
        return new Version(store.tick(), incarnation, wallMillis.getAsLong(), store.frontier());
    }

    @Override
    public Readiness readiness() {
        return new Readiness(problem.isEmpty(), true, problem.isEmpty() ? "embedded" : problem);
    }

    @Override
    public List<Metric> metrics() {
        return List.of(Metric.counter(
                "freshet_embedded_reinstalls_total", "Loads of the engine after a failure.", "", reinstalls.get()));
    }
}
