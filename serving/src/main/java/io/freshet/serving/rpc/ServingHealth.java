package io.freshet.serving.rpc;

import io.freshet.serving.Replica;
import io.freshet.serving.Replica.Readiness;
import io.freshet.serving.ScoringEngine;
import org.jspecify.annotations.Nullable;

/** Whether queries should be sent here: an engine that answers, from a state that is kept current. */
final class ServingHealth {
    private final ScoringEngine engine;
    private volatile @Nullable Replica replica;

    ServingHealth(ScoringEngine engine) {
        this.engine = engine;
    }

    void watch(Replica what) {
        replica = what;
    }

    @Nullable
    Replica replica() {
        return replica;
    }

    Readiness now() {
        Throwable failure = engine.failure();
        if (failure != null) {
            return new Readiness(false, false, "the scoring engine has failed: " + failure);
        }
        Replica watched = replica;
        Readiness state = watched == null ? new Readiness(true, true, "") : watched.readiness();
        if (state.ready() && engine.version() == null) {
            return new Readiness(false, state.alive(), "no state is loaded yet");
        }
        return state;
    }
}
