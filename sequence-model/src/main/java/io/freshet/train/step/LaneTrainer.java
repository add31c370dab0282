package io.freshet.train.step;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.model.LongIndex;
import io.freshet.model.ModelConfig;
import io.freshet.model.SequenceBatch;
import io.freshet.model.hstu.HstuEncoder;
import io.freshet.model.hstu.HstuParameters;
import io.freshet.model.items.ItemDirectory;
import io.freshet.model.scoring.Aversion;
import io.freshet.store.Interaction;
import io.freshet.train.loss.StepPositions;
import io.freshet.train.tick.TrainingSequence;
import java.util.List;

/**
 * One lane's part of a step: forward to queries, backward from their gradients. Its gradients are its own: of the dense
 * tensors, and of the few item rows that its sequences read, its <em>inputs</em>.
 */
final class LaneTrainer {
    private final ModelConfig config;
    private final HstuEncoder model;
    private final SequenceBatch batch;
    private final HstuParameters gradient;
    /** Rows of the inputs, {@code [I, D]}. */
    private final Floats items;
    /** Gradients of the inputs' rows, {@code [I, D]}. */
    private final Floats dItems;
    /** The itemIndex of each input, {@code [I]}. */
    private final int[] inputs;
    /** The input that an itemIndex is. */
    private final LongIndex inputOf = new LongIndex();

    private int distinct;
    private int tokens;
    private int supervised;
    /** Queries of the supervised rows, {@code [Ml, D]}. */
    private Floats queries;

    private final Aversion aversion;
    /** Queries turned away from hidden items, {@code [Ml, D]}; the model keeps its own for going back. */
    private final Floats averted;

    /** {@link #queries} on the host, {@code [Ml, D]}. */
    private float[] host = new float[0];

    LaneTrainer(ModelConfig config, Device device, int maxTokens) {
        this.config = config;
        model = new HstuEncoder(config, device, maxTokens);
        batch = new SequenceBatch(config, maxTokens);
        gradient = new HstuParameters(config, device);
        items = device.floats(maxTokens * config.width());
        dItems = device.floats(maxTokens * config.width());
        queries = items;
        averted = device.floats(maxTokens * config.width());
        aversion = new Aversion(config);
        inputs = new int[maxTokens];
    }

    /** Counts what a micro-batch brings, and lists its inputs, wherever it is computed. */
    void layOut(List<TrainingSequence> sequences, ItemDirectory directory) {
        tokens = 0;
        supervised = 0;
        distinct = 0;
        inputOf.clear();
        for (TrainingSequence sequence : sequences) {
            tokens += sequence.rows();
            for (int row = 0; row < sequence.rows(); row++) {
                supervised += sequence.target(row, config.actions()) != null ? 1 : 0;
            }
            for (Interaction token : sequence.read()) {
                int at = directory.indexOf(token.item());
                if (at >= 0 && inputOf.get(at) < 0) {
                    inputOf.put(at, distinct);
                    inputs[distinct++] = at;
                }
            }
        }
    }

    /** Number of distinct items that the micro-batch reads. */
    int inputs() {
        return distinct;
    }

    /** The itemIndex of an input. */
    int input(int at) {
        return inputs[at];
    }

    /** Rows of the inputs, {@code [I, D]}; to be filled before {@link #forward}. */
    Floats inputRows() {
        return items;
    }

    /** Gradients of the inputs' rows, {@code [I, D]}. */
    Floats inputGradients() {
        return dItems;
    }

    /** Encodes a micro-batch. */
    void forward(List<TrainingSequence> sequences, ItemDirectory directory, HstuParameters weights) {
        batch.clear();
        for (TrainingSequence sequence : sequences) {
            batch.add(
                    sequence.read(),
                    sequence.lastTime(),
                    row -> sequence.target(row, config.actions()) != null,
                    token -> inputOf.get(directory.indexOf(token.item())));
        }
        queries = model.forward(weights, batch, items);
    }

    /** Turns the queries away from what their users hid; their gradients stay as they are. */
    void avert(StepPositions positions, int lane, ItemDirectory directory) {
        boolean hides = false;
        for (int i = 0; i < supervised; i++) {
            hides |= positions.reading(positions.from(lane) + i).hides() > 0;
        }
        if (!hides || config.actions().hideWeight() == 0) {
            return;
        }
        int count = supervised * config.width();
        host = host.length < count ? new float[2 * count] : host;
        queries.download(0, host, 0, count);
        for (int i = 0; i < supervised; i++) {
            aversion.turn(
                    positions.reading(positions.from(lane) + i),
                    (item, to) -> readRow(directory.indexOf(item), to),
                    host,
                    i * config.width());
        }
        averted.upload(host, 0, 0, count);
        queries = averted;
    }

    private boolean readRow(int item, float[] to) {
        int input = item < 0 ? -1 : inputOf.get(item);
        if (input >= 0) {
            items.download(input * to.length, to, 0, to.length);
        }
        return input >= 0;
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

    /** Queries of the supervised rows, {@code [Ml, D]}. */
    Floats queries() {
        return queries;
    }

    /** Computes this lane's gradients from its queries' ones, {@code dQueries [Ml, D]}. */
    void backward(HstuParameters weights, Floats dQueries) {
        gradient.block().fill(0, gradient.count(), 0);
        dItems.fill(0, distinct * config.width(), 0);
        model.backward(weights, gradient, batch, dQueries, dItems);
    }

    HstuParameters gradient() {
        return gradient;
    }
}
