package io.freshet.serving;

import io.freshet.model.ScoredItem;
import io.freshet.model.Scorer;
import io.freshet.schema.EntityIds;
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
        return scorer.items();
    }

    /** Moves to the next tick; the new view replaces the old one, which is closed. */
    void advance(TickChanges changes, StateView next, Version nextVersion) {
        Set<Long> removed = new HashSet<>();
        changes.lanes().forEach(lane -> removed.addAll(lane.removed()));
        if (!removed.isEmpty()) {
            scorer.removeAll(removed);
        }
        List<ItemRow> rows = new ArrayList<>();
        changes.lanes().forEach(lane -> lane.rows().stream().map(RowChange::row).forEach(rows::add));
        scorer.putAll(rows);
        for (LaneChanges lane : changes.lanes()) {
            lane.transitions().forEach(row -> scorer.put(lane.lane(), row));
            lane.dense()
                    .forEach(tensor -> scorer.loadDense(name -> name.equals(tensor.name()) ? tensor.values() : null));
        }
        scorer.tick(changes.tick());
        view.close();
        view = next;
        version = nextVersion;
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
        boolean known = similar.item().equals(scorer.name(item));
        List<Answer.Item> items = known ? named(scorer.similar(item, similar.k())) : List.of();
        return new Result(items, EnumSet.noneOf(Degradation.class), known ? 1 : 0, known ? scorer.scored() : -1);
    }

    private Result score(Query.Score query) {
        List<Interaction> history = history(query.subject());
        long[] hashes = query.items().stream().mapToLong(ids::item).toArray();
        float[] scores = scorer.score(history, query.requestTimeMillis(), hashes);
        List<Answer.Item> items = new ArrayList<>(hashes.length);
        int known = 0;
        for (int i = 0; i < hashes.length; i++) {
            String id = query.items().get(i);
            boolean knows = id.equals(scorer.name(hashes[i]));
            known += knows ? 1 : 0;
            items.add(new Answer.Item(id, knows ? scores[i] : scorer.lowestScore(), knows));
        }
        return new Result(items, degraded(history), (double) known / hashes.length, -1);
    }

    private Result recommend(Query.Recommend query) {
        List<Interaction> history = history(query.subject());
        Set<Long> out = new HashSet<>();
        query.exclude().forEach(id -> out.add(ids.item(id)));
        if (query.excludeSeen()) {
            history.forEach(event -> out.add(event.item()));
        }
        List<Answer.Item> items = named(scorer.recommend(history, query.requestTimeMillis(), query.k(), out::contains));
        double coverage = Math.min(1, items.size() / (double) query.k());
        return new Result(items, degraded(history), coverage, scorer.scored());
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

    private List<Interaction> history(Subject subject) {
        List<Interaction> all = new ArrayList<>();
        if (!subject.user().isEmpty()) {
            History known = view.history(ids.user(subject.user()));
            if (known != null && known.subject().equals(subject.user())) {
                all.addAll(known.interactions());
            }
        }
        all.addAll(subject.inline());
        return all;
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
     */
    record Result(List<Answer.Item> items, EnumSet<Degradation> degraded, double coverage, int scored) {}

    @Override
    public void close() {
        view.close();
    }
}
