package io.freshet.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.freshet.schema.Action;
import io.freshet.store.Interaction;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An event counts once, wherever it was told. */
class SubjectHistoryTest {
    private static Interaction event(long item, Action action, long time, long id) {
        return new Interaction(item, action.code(), time, 0, id);
    }

    private static Interaction click(long item, long time) {
        return event(item, Action.CLICK, time, 0);
    }

    @Test
    void eventsOfOneIdOrOfOneItemActionAndTimeAreOne() {
        List<Interaction> stored = List.of(event(1, Action.CLICK, 10, 71), event(2, Action.CLICK, 20, 72));
        List<Interaction> inline = List.of(
                // The same id, with a clock of its own.
                event(2, Action.CLICK, 25, 72),
                // The same without an id.
                click(1, 10),
                // Another action is another event.
                event(1, Action.PURCHASE, 10, 0),
                // Twice in the call.
                click(3, 30),
                click(3, 30),
                event(3, Action.CLICK, 31, 73),
                event(3, Action.CLICK, 32, 73));
        assertThat(SubjectHistory.of(stored, inline))
                .containsExactly(stored.get(0), inline.get(2), stored.get(1), inline.get(3), inline.get(5));
    }

    @Test
    void bothAreOneListInOrderOfTime() {
        List<Interaction> stored = List.of(click(1, 10), click(2, 20), click(3, 40));
        List<Interaction> inline = List.of(click(9, 50), click(7, 5), click(8, 20));
        assertThat(SubjectHistory.of(stored, inline).stream().map(Interaction::item))
                .containsExactly(7L, 1L, 2L, 8L, 3L, 9L);
    }

    @Test
    void storedEventsStayAsTheLogHasThem() {
        List<Interaction> stored = List.of(click(1, 50), click(2, 20), click(2, 20), click(3, 40));
        assertThat(SubjectHistory.of(stored, List.of())).isEqualTo(stored);
        List<Interaction> all = new ArrayList<>(SubjectHistory.of(stored, List.of(click(9, 60), click(8, 1))));
        assertThat(all.get(0).item()).isEqualTo(8);
        assertThat(all.subList(1, 5)).isEqualTo(stored);
        assertThat(all.get(5).item()).isEqualTo(9);
    }
}
