package io.freshet.train;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.Kernels.GatherShape;
import io.freshet.model.Catalogue;
import io.freshet.model.ModelConfig;
import io.freshet.model.ModelParameters;
import io.freshet.model.SequenceBatch;
import io.freshet.model.SequenceModel;
import io.freshet.store.Interaction;
import java.util.Arrays;
import java.util.List;

/**
 * One lane's part of a step: forward to queries, backward from their gradients. Its gradients are its own: of the dense
 * tensors, and of the few item rows that its sequences read.
 */
final class LaneTrainer {
    private final ModelConfig config;
    private final SequenceModel model;
    private final SequenceBatch batch;
    private final ModelParameters gradient;
    private final Ints itemSlots;
    private final Floats items;
    private final Floats dItems;
    private final int[] slots;
    private int[] placeOf = new int[1024];
    private int[] stamp = new int[1024];
    private int now;
    private int distinct;
    private int tokens;
    private int supervised;
    private Floats queries;

    LaneTrainer(ModelConfig config, Device device, int maxTokens) {
        this.config = config;
        model = new SequenceModel(config, device, maxTokens);
        batch = new SequenceBatch(config, maxTokens);
        gradient = new ModelParameters(config, device);
        itemSlots = device.ints(maxTokens);
        items = device.floats(maxTokens * config.width());
        dItems = device.floats(maxTokens * config.width());
        queries = items;
        slots = new int[maxTokens];
    }

    /** Counts what a micro-batch brings, wherever it is computed. */
    void layOut(List<UserTick.Chunk> chunks) {
        tokens = 0;
        supervised = 0;
        for (UserTick.Chunk chunk : chunks) {
            tokens += chunk.rows();
            for (int row = 0; row < chunk.rows(); row++) {
                supervised += chunk.target(row) != null ? 1 : 0;
            }
        }
    }

    /** Encodes a micro-batch; slots of rows must be complete. */
    void forward(List<UserTick.Chunk> chunks, StepRows rows, Catalogue catalogue, ModelParameters weights) {
        batch.clear();
        if (stamp.length < rows.count) {
            stamp = new int[2 * rows.count];
            placeOf = new int[2 * rows.count];
            now = 0;
        }
        now++;
        distinct = 0;
        for (UserTick.Chunk chunk : chunks) {
            List<Interaction> read = chunk.user().tokens.subList(chunk.from(), chunk.end() - 1);
            long next = chunk.user().tokens.get(chunk.end() - 1).eventTimeMillis();
            batch.add(
                    read,
                    next,
                    row -> chunk.target(row) != null,
                    token -> place(rows.slotOf(catalogue.indexOf(token.item()))));
        }
        itemSlots.upload(slots, 0, 0, distinct);
        model.kernels().gather(new GatherShape(distinct, config.width(), 1f, false), rows.rows, itemSlots, items);
        queries = model.forward(weights, batch, items);
    }

    /** Place of a step's row among those that this lane reads. */
    private int place(int slot) {
        if (slot < 0) {
            return -1;
        }
        if (stamp[slot] != now) {
            stamp[slot] = now;
            placeOf[slot] = distinct;
            slots[distinct++] = slot;
        }
        return placeOf[slot];
    }

    /** Whether it has anything to do in this step. */
    boolean active() {
        return tokens > 0;
    }

    int tokens() {
        return tokens;
    }

    int supervised() {
        return supervised;
    }

    /** Queries of the supervised rows, {@code [M, D]}. */
    Floats queries() {
        return queries;
    }

    /** Computes this lane's gradients from its queries' ones. */
    void backward(ModelParameters weights, Floats dQueries) {
        gradient.block().fill(0, gradient.count(), 0);
        dItems.fill(0, distinct * config.width(), 0);
        model.backward(weights, gradient, batch, dQueries, dItems);
    }

    /** This lane's gradients, for the learners that do not compute it. */
    byte[] gradientBytes() {
        float[] dense = new float[gradient.count()];
        gradient.block().download(0, dense, 0, dense.length);
        float[] rows = new float[distinct * config.width()];
        dItems.download(0, rows, 0, rows.length);
        return LaneGradient.toBytes(slots, distinct, dense, rows);
    }

    /** This lane's queries, for the others. */
    byte[] queryBytes() {
        float[] values = new float[supervised * config.width()];
        queries.download(0, values, 0, values.length);
        return LaneGradient.toBytes(slots, 0, values);
    }

    ModelParameters gradient() {
        return gradient;
    }

    /** Adds the gradients of the rows that this lane read. */
    void addRowGradients(Kernels kernels, Floats dRows) {
        itemSlots.upload(Arrays.copyOf(slots, distinct), 0, 0, distinct);
        kernels.scatterAdd(new GatherShape(distinct, config.width(), 1f, true), dItems, itemSlots, dRows);
    }
}
