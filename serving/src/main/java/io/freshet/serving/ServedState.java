package io.freshet.serving;

import io.freshet.model.scoring.ScoredItem;
import io.freshet.model.scoring.Scorer;
import io.freshet.schema.EntityIds;
import io.freshet.schema.SubjectId;
import io.freshet.store.History;
import io.freshet.store.Interaction;
import io.freshet.store.ItemRow;
import io.freshet.store.LaneChanges;
import io.freshet.store.RowChange;
import io.freshet.store.StateView;
import io.freshet.store.TickChanges;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One version of the state and the answers from it. Owned by the engine's thread. */
final class ServedState implements AutoCloseable {
    private final Scorer scorer;
    private final EntityIds ids;
    private StateView view;
    private Version version;

    ServedState(Scorer scorer, EntityIds ids, StateView view, Version version) {
        this.scorer = scorer;
        this.ids = ids;
        this.view = view;
        this.version = version;
    }

    Version version() {
        return version;
    }

    int items() {
        return scorer.state().items();
    }

    /** Takes the next tick's changes; {@link #moveTo} has to follow. */
    void advance(TickChanges changes, Version nextVersion) {
        Set<Long> removed = new HashSet<>();
        changes.lanes().forEach(lane -> removed.addAll(lane.removed()));
        if (!removed.isEmpty()) {
            scorer.state().removeAll(removed);
        }
        List<ItemRow> rows = new ArrayList<>();
        changes.lanes().forEach(lane -> lane.rows().stream().map(RowChange::row).forEach(rows::add));
        scorer.state().putAll(rows);
        for (LaneChanges lane : changes.lanes()) {
            lane.coOccurrences().forEach(row -> scorer.state().put(lane.lane(), row));
            lane.dense()
                    .forEach(tensor ->
                            scorer.state().loadDense(name -> name.equals(tensor.name()) ? tensor.values() : null));
        }
        scorer.state().tick(changes.tick());
        version = nextVersion;
    }

    /** The view that the last {@link #advance} leads to; it replaces the old one, which is closed. */
    void moveTo(StateView next) {
        StateView old = view;
        view = next;
        old.close();
    }

    /** Answers a query; times and age are filled in by the engine. */
    Result answer(Query query) {
        if (query instanceof Query.Score score) {
            return score(score);
        }
        if (query instanceof Query.Recommend recommend) {
            return recommend(recommend);
        }
        Query.Similar similar = (Query.Similar) query;
        long item = ids.item(similar.item());
        boolean known = similar.item().equals(scorer.state().name(item));
        List<Answer.Item> items = known ? named(scorer.similar(item, similar.k())) : List.of();
        return new Result(items, EnumSet.noneOf(Degradation.class), known ? 1 : 0, known ? scorer.scored() : -1, 0);
    }

    private Result score(Query.Score query) {
        List<Interaction> history =
                SubjectHistory.of(known(query.subject()), query.subject().inline());
        long[] hashes = query.items().stream().mapToLong(ids::item).toArray();
        float[] scores = scorer.score(history, query.requestTimeMillis(), hashes);
        List<Answer.Item> items = new ArrayList<>(hashes.length);
        int known = 0;
        for (int i = 0; i < hashes.length; i++) {
            String id = query.items().get(i);
            boolean knows = id.equals(scorer.state().name(hashes[i]));
            known += knows ? 1 : 0;
            items.add(new Answer.Item(id, knows ? scores[i] : scorer.lowestScore(), knows));
        }
        return new Result(items, degraded(history), (double) known / hashes.length, -1, 0);
    }

    private Result recommend(Query.Recommend query) {
        List<Interaction> stored = known(query.subject());
        List<Interaction> history = SubjectHistory.of(stored, query.subject().inline());
        Set<Long> out = new HashSet<>();
        query.exclude().forEach(id -> out.add(ids.item(id)));
        EnumSet<Degradation> degraded = degraded(history);
        long seenSince = 0;
        if (query.excludeSeen()) {
            history.forEach(event -> out.add(event.item()));
            if (stored.size() >= view.layout().historyLength()) {
                seenSince = stored.get(0).eventTimeMillis();
                degraded.add(Degradation.SEEN_HORIZON);
            }
        }
        List<Answer.Item> items = named(scorer.recommend(history, query.requestTimeMillis(), query.k(), out::contains));
        double coverage = Math.min(1, items.size() / (double) query.k());
        return new Result(items, degraded, coverage, scorer.scored(), seenSince);
    }

    private EnumSet<Degradation> degraded(List<Interaction> history) {
        EnumSet<Degradation> degraded = EnumSet.noneOf(Degradation.class);
        if (history.isEmpty()) {
            degraded.add(Degradation.COLD_SUBJECT);
        }
        if (version.tick() < 0) {
            degraded.add(Degradation.FALLBACK_POPULARITY);
        }
        return degraded;
    }

    /** What the store has of a subject, oldest first; a user's where one is named, else a session's. */
    private List<Interaction> known(Subject subject) {
        Optional<SubjectId> who = subject.stored();
        if (who.isEmpty()) {
            return List.of();
        }
        History known = view.history(ids.subject(who.get()));
        return known != null && known.subject().equals(who.get().stored()) ? known.interactions() : List.of();
    }

    private static List<Answer.Item> named(List<ScoredItem> items) {
        return items.stream()
                .map(item -> new Answer.Item(item.name(), item.score(), true))
                .toList();
    }

    /**
     * An answer without its times.
     *
     * @param scored items that a scan for the best ones scored; -1 if there was no scan
     * @param seenSinceMillis event time of the first event that seen items were looked for in; 0 if all were
     */
    record Result(
            List<Answer.Item> items,
            EnumSet<Degradation> degraded,
            double coverage,
            int scored,
            long seenSinceMillis) {}

    @Override
    public void close() {
        view.close();
    }
}
