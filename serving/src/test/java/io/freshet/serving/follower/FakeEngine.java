package io.freshet.serving.follower;

import io.freshet.model.ModelConfig;
import io.freshet.schema.EntityIds;
import io.freshet.serving.Version;
import io.freshet.store.ItemRow;
import io.freshet.store.RowChange;
import io.freshet.store.StateView;
import io.freshet.store.TickChanges;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An engine that keeps rows only, and fails when it is told to. */
final class FakeEngine implements FollowerEngine {
    private final Map<Long, float[]> rows = new TreeMap<>();
    private @Nullable Version version;
    private @Nullable Throwable failure;
    private @Nullable RuntimeException nextAdvance;
    private @Nullable Error nextError;
    private @Nullable RuntimeException nextInstall;
    private int installs;

    /** What it answers from: rows by item; null if it answers nothing. */
    @Nullable
    Map<Long, float[]> served() {
        return version == null || failure != null ? null : rows;
    }

    @Nullable
    Version version() {
        return version;
    }

    int installs() {
        return installs;
    }

    void failNextAdvance(RuntimeException with) {
        nextAdvance = with;
    }

    void failNextAdvance(Error with) {
        nextError = with;
    }

    void failNextInstall(RuntimeException with) {
        nextInstall = with;
    }

    @Override
    public void install(ModelConfig model, EntityIds ids, StateView view, Version next) {
        try (view) {
            RuntimeException fails = nextInstall;
            nextInstall = null;
            if (fails != null) {
                throw fails;
            }
            installs++;
            rows.clear();
            view.forEachRow(change -> put(change.row()));
            version = next;
        }
    }

    private void put(ItemRow row) {
        rows.put(row.item(), row.embedding());
    }

    @Override
    public void advance(TickChanges changes, StateView view, Version next) {
        try (view) {
            version = null;
            if (nextError != null) {
                throw nextError;
            }
            RuntimeException fails = nextAdvance;
            nextAdvance = null;
            if (fails != null) {
                throw fails;
            }
            changes.lanes()
                    .forEach(lane -> lane.rows().stream().map(RowChange::row).forEach(this::put));
            version = next;
        }
    }

    @Override
    public void uninstall() {
        version = null;
    }

    @Override
    public void fail(Throwable cause) {
        failure = failure == null ? cause : failure;
    }

    @Override
    public @Nullable Throwable failure() {
        return failure;
    }
}
