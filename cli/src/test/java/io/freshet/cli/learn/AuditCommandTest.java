package io.freshet.cli.learn;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schema.EntityIds;
import io.freshet.store.HistoryAppend;
import io.freshet.store.Interaction;
import io.freshet.store.LaneChanges;
import io.freshet.store.StoreLayout;
import io.freshet.store.TickChanges;
import io.freshet.store.memory.InMemoryStore;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Whose history an answer is given again from. */
class AuditCommandTest {
    @Test
    void anotherSubjectOfTheSameHashIsNotThisUser() {
        EntityIds ids = EntityIds.standard();
        StoreLayout layout = new StoreLayout(1, 4, 2, 4);
        List<Interaction> done = List.of(new Interaction(5, (byte) 1, 1000, 0, 9));
        LaneChanges lane = LaneChanges.empty(0);
        lane.histories().add(new HistoryAppend(ids.user("mine"), "mine", done));
        lane.histories().add(new HistoryAppend(ids.user("hers"), "somebody with the same hash", done));
        InMemoryStore store = new InMemoryStore(layout);
        store.apply(new TickChanges(1, Map.of(0, 10L), List.of(lane)));
        assertThat(AuditCommand.history(ids, store, "mine")).isEqualTo(done);
        assertThat(AuditCommand.history(ids, store, "hers")).isEmpty();
        assertThat(AuditCommand.history(ids, store, "nobody")).isEmpty();
    }
}
