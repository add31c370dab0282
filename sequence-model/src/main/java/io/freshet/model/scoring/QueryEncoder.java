package io.freshet.model.scoring;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;
import io.freshet.model.LogitBiases;
import io.freshet.model.ModelConfig;
import io.freshet.model.SequenceBatch;
import io.freshet.model.cooccurrence.HistoryReading;
import io.freshet.model.hstu.HstuEncoder;
import io.freshet.store.Interaction;
import java.util.List;

/** Turns a history into the query {@code [D]} that items are scored with, by one forward pass. Not thread-safe. */
final class QueryEncoder {
    private final ModelConfig config;
    private final ScoringState state;
    private final HstuEncoder model;
    private final SequenceBatch batch;
    private final Floats query; // [D]
    private final float[] hostQuery; // [D]
    private final Aversion aversion;
    /** The history that was encoded last, as far as learners read it. */
    private final HistoryReading reading;
    /** All of the history that was encoded last. */
    private final HistoryReading whole;

    QueryEncoder(ModelConfig config, ScoringState state, Device device) {
        this.config = config;
        this.state = state;
        model = new HstuEncoder(config, device, config.context());
        batch = new SequenceBatch(config, 1);
        query = device.floats(config.width());
        hostQuery = new float[config.width()];
        aversion = new Aversion(config);
        reading = HistoryReading.of(config);
        whole = HistoryReading.whole(config);
    }

    Kernels kernels() {
        return model.kernels();
    }

    /** The end of the history that was encoded last, as far as learners read it. */
    HistoryReading reading() {
        return reading;
    }

    /** All of the history that was encoded last. */
    HistoryReading whole() {
        return whole;
    }

    /**
     * Encodes a history: the network's query, turned away from what the user hid, times the logit scale.
     *
     * @param history interactions, oldest first; the network reads the last {@code context - 1}
     * @param requestTimeMillis time of the request, ms since the epoch
     * @return {@code [D]}; valid until the next call
     */
    Floats encode(List<Interaction> history, long requestTimeMillis) {
        reading.read(history, history.size());
        whole.read(history, history.size());
        int from = Math.max(0, history.size() - (config.context() - 1));
        batch.clear();
        List<Interaction> tokens = history.subList(from, history.size());
        batch.add(
                tokens,
                requestTimeMillis,
                row -> row == tokens.size(),
                t -> state.catalogue().indexOf(t.item()));
        Floats encoded = model.forward(state.weights(), batch, state.catalogue().rows());
        encoded.download(0, hostQuery, 0, hostQuery.length);
        aversion.turn(reading, state.catalogue()::readRow, hostQuery, 0);
        float scale = LogitBiases.logitScale(state.logitBiases());
        for (int i = 0; i < hostQuery.length; i++) {
            hostQuery[i] *= scale;
        }
        query.upload(hostQuery, 0, 0, hostQuery.length);
        return query;
    }

    /**
     * The query of an item: its embedding with norm 1.
     *
     * @return {@code [D]}; valid until the next call
     */
    Floats ofItem(int itemIndex) {
        int d = config.width();
        state.catalogue().rows().download(itemIndex * d, hostQuery, 0, d);
        double squares = 0;
        for (float f : hostQuery) {
            squares += (double) f * f;
        }
        float inverse = (float) (1 / Math.max(Math.sqrt(squares), 1e-6));
        for (int i = 0; i < d; i++) {
            hostQuery[i] *= inverse;
        }
        query.upload(hostQuery, 0, 0, d);
        return query;
    }
}
