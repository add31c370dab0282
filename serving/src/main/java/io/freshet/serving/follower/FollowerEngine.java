package io.freshet.serving.follower;

import io.freshet.model.ModelConfig;
import io.freshet.schema.EntityIds;
import io.freshet.serving.Version;
import io.freshet.store.StateView;
import io.freshet.store.TickChanges;
import org.jspecify.annotations.Nullable;

/** What answers from the followed state. Views become the engine's, whether a call succeeds or not. */
public interface FollowerEngine {
    /** Replaces the whole state; the old one answers until the new one is loaded. */
    void install(ModelConfig model, EntityIds ids, StateView view, Version version);

    /** Moves to the next tick. After a failure it answers nothing until the next {@link #install}. */
    void advance(TickChanges changes, StateView view, Version version);

    /** Forgets the state, so that its store can be closed. */
    void uninstall();

    /** Stops answering for good, since the follower can no longer keep the state up to date. */
    void fail(Throwable cause);

    /** Why it does not answer any more, for good; null while it does. */
    @Nullable
    Throwable failure();
}
