package io.freshet.serving.follower;

import io.freshet.model.ModelConfig;
import io.freshet.schema.EntityIds;
import io.freshet.serving.ScoringEngine;
import io.freshet.serving.Version;
import io.freshet.store.StateView;
import io.freshet.store.TickChanges;
import org.jspecify.annotations.Nullable;

/** The scoring engine as the follower sees it. */
record ScoringEnginePort(ScoringEngine engine) implements FollowerEngine {
    @Override
    public void install(ModelConfig model, EntityIds ids, StateView view, Version version) {
        engine.install(model, ids, view, version);
    }

    @Override
    public void advance(TickChanges changes, StateView view, Version version) {
        engine.advance(changes, view, version);
    }

    @Override
    public void uninstall() {
        engine.uninstall();
    }

    @Override
    public void fail(Throwable cause) {
        engine.fail(cause);
    }

    @Override
    public @Nullable Throwable failure() {
        return engine.failure();
    }
}
