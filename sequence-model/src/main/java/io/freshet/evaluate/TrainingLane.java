package io.freshet.evaluate;

import io.freshet.kernel.Device;
import io.freshet.kernel.Dropout;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.PeerKernels;
import io.freshet.kernel.Ranking;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.SparseTerms;
import io.freshet.model.Architecture;
import io.freshet.model.CounterRandom;
import io.freshet.model.SequenceBatch;
import io.freshet.model.SequenceEncoder;
import io.freshet.store.Interaction;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One lane's part of a training step: its sequences forward and backward, with gradients of its own. */
final class TrainingLane {
    private final Architecture architecture;
    private final Device device;
    private final int items;
    private final TrainingConfig config;
    private final SequenceBatch batch;
    /** Operators of a loss with negatives of each row's own; none where all items are candidates. */
    private final @Nullable PeerKernels sampled;

    private final Floats zeros;
    private SequenceEncoder encoder;
    private final Floats weights;
    private int maxTokens;
    private Floats dQueries;
    private Floats losses;
    private SparseTerms noTerms;
    /** Gradient of biases that nobody learns. */
    private final Floats unused;

    private Ints candidates;
    private int[] hostCandidates = new int[0];
    private float[] hostLosses = new float[0];
    private final Floats scores;
    private final float[] hostScores;
    /** Gradient of the dense weights. */
    final Floats dWeights;
    /** Gradient of the rows as input, {@code [V, D]}. */
    final Floats dInputs;
    /** Gradient of the normalised rows, {@code [V, D]}. */
    final Floats dNormalized;

    double loss;
    int tokens;
    /** Items that there are; those behind are room for more. */
    int known;

    TrainingLane(Architecture architecture, Device device, Floats weights, int items, TrainingConfig config) {
        this.architecture = architecture;
        this.device = device;
        this.weights = weights;
        this.items = items;
        known = items;
        this.config = config;
        batch = architecture.newBatch(config.batchSequences());
        sampled = config.negatives() > 0 ? device.openPeerKernels() : null;
        dWeights = device.floats(architecture.parameters());
        dInputs = device.floats(items * architecture.width());
        dNormalized = device.floats(items * architecture.width());
        zeros = device.floats(items);
        scores = device.floats(items);
        hostScores = new float[items];
        maxTokens = 64;
        encoder = architecture.open(device, weights, dWeights, maxTokens);
        dQueries = device.floats(1);
        losses = device.floats(1);
        noTerms = new SparseTerms(device.ints(1), device.ints(1), device.floats(1));
        unused = device.floats(items);
        candidates = device.ints(1);
    }

    /** Memory for this many rows; grows by half at a time. */
    private void reserve(int rows) {
        int c = 1 + config.negatives();
        if (rows > maxTokens) {
            maxTokens = Math.max(rows, maxTokens * 3 / 2);
            encoder = architecture.open(device, weights, dWeights, maxTokens);
        }
        if (dQueries.length() < maxTokens * architecture.width()) {
            dQueries = device.floats(maxTokens * architecture.width());
            losses = device.floats(maxTokens);
            noTerms = new SparseTerms(device.ints(maxTokens + 1), device.ints(1), device.floats(1));
            hostLosses = new float[maxTokens];
            candidates = device.ints(maxTokens * c);
            hostCandidates = new int[maxTokens * c];
        }
    }

    /**
     * Gradients of a micro-batch.
     *
     * @param sequences each with one interaction more than is read: all but the last are input, all but the first are
     *     targets
     * @param positions supervised positions of the whole step
     * @param key of this lane's negatives and dropout in this step
     */
    void step(List<List<Interaction>> sequences, int positions, Floats rows, Floats normalized, long key) {
        int[] firsts = new int[sequences.size()];
        Arrays.fill(firsts, architecture.beginToken() ? 0 : 1);
        step(sequences, firsts, positions, rows, normalized, key);
    }

    /** The same with only those targets of sequence {@code s} that stand at {@code firsts[s]} or behind. */
    void step(
            List<List<Interaction>> sequences, int[] firsts, int positions, Floats rows, Floats normalized, long key) {
        int c = 1 + config.negatives();
        int d = architecture.width();
        batch.clear();
        int total = sequences.stream().mapToInt(List::size).sum() + sequences.size();
        reserve(total);
        int at = 0;
        int lead = architecture.beginToken() ? 0 : 1;
        for (int s = 0; s < firsts.length; s++) {
            List<Interaction> sequence = sequences.get(s);
            int first = firsts[s];
            int n = sequence.size();
            long next = sequence.get(n - 1).eventTimeMillis();
            List<Interaction> read = sequence.subList(0, n - 1);
            batch.add(read, next, row -> row + lead >= first, token -> (int) token.item());
            for (int i = first; i < n; i++) {
                hostCandidates[at * c] = (int) sequence.get(i).item();
                for (int j = 1; j < c; j++) {
                    double u = CounterRandom.uniform(CounterRandom.mix(key, (long) at * c + j));
                    hostCandidates[at * c + j] = (int) (u * known);
                }
                at++;
            }
        }
        tokens = batch.tokens();
        Kernels kernels = encoder.kernels();
        dWeights.fill(0, dWeights.length(), 0);
        dInputs.fill(0, known * d, 0);
        dNormalized.fill(0, known * d, 0);
        Floats queries = encoder.forward(batch, rows, new Dropout(config.dropout(), key));
        candidates.upload(hostCandidates, 0, 0, at * c);
        float scale = 1f / positions;
        if (sampled != null) {
            sampled.sampledSoftmax(
                    new PeerKernels.SampledSoftmaxShape(
                            at, config.negatives(), d, 1 / architecture.temperature(), scale),
                    queries,
                    normalized,
                    candidates,
                    new PeerKernels.SampledSoftmaxOutput(losses, dQueries, dNormalized));
        } else {
            kernels.softmax(
                    new SoftmaxShape(at, known, d, 1 / architecture.temperature(), scale),
                    queries,
                    normalized,
                    new Kernels.SoftmaxBias(zeros, zeros, noTerms),
                    candidates,
                    new Kernels.SoftmaxOutput(losses, dQueries, dNormalized, unused, noTerms.values()));
        }
        losses.download(0, hostLosses, 0, at);
        loss = 0;
        for (int i = 0; i < at; i++) {
            loss += hostLosses[i];
        }
        encoder.backward(batch, dQueries, dInputs);
    }

    /** Scores of all items in a context, {@code [V]}; valid until the next call. */
    float[] scores(Ranking ranking, List<Interaction> context, long requestTimeMillis) {
        reserve(context.size() + 1);
        batch.clear();
        int last = context.size() - (architecture.beginToken() ? 0 : 1);
        batch.add(context, requestTimeMillis, row -> row == last, token -> (int) token.item());
        Floats query = encoder.forward(batch, ranking.rows(), Dropout.NONE);
        encoder.kernels().scores(ranking, query, scores);
        scores.download(0, hostScores, 0, known);
        return hostScores;
    }
}
