package io.freshet.evaluate.baselines;

import io.freshet.evaluate.StreamEvent;
import io.freshet.evaluate.StreamRecommender;
import io.freshet.evaluate.TrainingConfig;
import io.freshet.kernel.Device;
import io.freshet.model.sasrec.SasRec;
import io.freshet.store.Interaction;
import io.freshet.train.prequential.PopularityOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * SASRec on the stream: one AdamW step for every tick's events, each a target once, with the softmax over all items
 * that the engine's model has too. First events of a user are no targets: SASRec has no begin token.
 */
final class OnlineSasRec implements StreamRecommender {
    private static final int CAPACITY = 65_536;

    /** A user's new events of a tick, behind what came before. */
    private record Pending(List<Interaction> tokens, int first) {}

    private final SasRec architecture = SasRec.published();
    private final int tickEvents;
    private final ItemScores items = new ItemScores();
    private final PopularityOrder order = new PopularityOrder();
    private final Map<Long, Pending> pending = new LinkedHashMap<>();
    private final OnlineTrainer trainer;
    private int waiting;
    private int trainedItems;

    /** @param tickEvents events of a step */
    OnlineSasRec(int tickEvents, Device device) {
        this.tickEvents = tickEvents;
        TrainingConfig config = new TrainingConfig(1, tickEvents, 0, 0.2f, 1e-3f, 1, 1, false, 1, 1, 1);
        trainer = new OnlineTrainer(architecture, config, CAPACITY, device);
    }

    @Override
    public String name() {
        return "SASRec, learned online";
    }

    @Override
    public long tokens() {
        return trainer.tokens();
    }

    private Interaction numbered(Interaction token) {
        return new Interaction(
                items.indexOf(token.item()), token.action(), token.eventTimeMillis(), token.value(), token.eventId());
    }

    private List<Interaction> last(List<Interaction> history) {
        return history.subList(Math.max(0, history.size() - architecture.window()), history.size()).stream()
                .map(this::numbered)
                .toList();
    }

    @Override
    public int rank(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        int index = items.indexOf(event.log().item());
        if (index < 0 || index >= trainedItems) {
            return -1;
        }
        return history.isEmpty()
                ? order.rank(index)
                : trainer.rank(last(history), event.log().eventTimeMillis(), index, trainedItems);
    }

    @Override
    public void learn(StreamEvent event, List<Interaction> history, List<Interaction> session) {
        int index = items.see(event.log().item());
        order.see(index);
        Interaction now = new Interaction(
                index,
                event.log().action(),
                event.log().eventTimeMillis(),
                event.log().value(),
                event.log().eventId());
        pending.computeIfAbsent(event.log().user(), user -> {
                    List<Interaction> tokens = new ArrayList<>(last(history));
                    return new Pending(tokens, Math.max(1, tokens.size()));
                })
                .tokens
                .add(now);
        if (++waiting == tickEvents) {
            step();
        }
    }

    private void step() {
        List<List<Interaction>> sequences = new ArrayList<>();
        List<Integer> firsts = new ArrayList<>();
        for (Pending user : pending.values()) {
            int from = Math.max(0, user.tokens.size() - architecture.window() - 1);
            if (user.tokens.size() > user.first) {
                sequences.add(user.tokens.subList(from, user.tokens.size()));
                firsts.add(Math.max(1, user.first - from));
            }
        }
        trainedItems = items.size();
        if (!sequences.isEmpty()) {
            trainer.step(sequences, firsts.stream().mapToInt(Integer::intValue).toArray(), trainedItems);
        }
        pending.clear();
        waiting = 0;
    }
}
