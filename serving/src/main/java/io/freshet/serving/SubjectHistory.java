package io.freshet.serving;

import io.freshet.store.Interaction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The history that a query is answered from: what the store has, and what the caller tells, every event once. */
final class SubjectHistory {
    /** An event without an id is known by what it says. */
    private record Told(long item, byte action, long eventTimeMillis) {
        Told(Interaction event) {
            this(event.item(), event.action(), event.eventTimeMillis());
        }
    }

    private SubjectHistory() {}

    /**
     * Both, in order of event time. Two events are one if their ids are equal, or their items, actions and times. The
     * stored events stay in their order, which is the log's.
     *
     * @param inline in any order; those of one time stay in theirs
     */
    static List<Interaction> of(List<Interaction> stored, List<Interaction> inline) {
        if (inline.isEmpty()) {
            return stored;
        }
        Set<Long> ids = new HashSet<>();
        Set<Told> told = new HashSet<>();
        stored.forEach(event -> isNew(event, ids, told));
        List<Interaction> later = new ArrayList<>();
        for (Interaction event : inline) {
            if (isNew(event, ids, told)) {
                later.add(event);
            }
        }
        later.sort(Comparator.comparingLong(Interaction::eventTimeMillis));
        List<Interaction> all = new ArrayList<>(stored.size() + later.size());
        int next = 0;
        for (Interaction event : stored) {
            while (next < later.size() && later.get(next).eventTimeMillis() < event.eventTimeMillis()) {
                all.add(later.get(next++));
            }
            all.add(event);
        }
        all.addAll(later.subList(next, later.size()));
        return all;
    }

    private static boolean isNew(Interaction event, Set<Long> ids, Set<Told> told) {
        boolean newId = event.eventId() == 0 || ids.add(event.eventId());
        return told.add(new Told(event)) && newId;
    }
}
