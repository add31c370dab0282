package io.freshet.evaluate;

import io.freshet.kernel.Device;
import io.freshet.kernel.Dropout;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.Kernels.SoftmaxOutput;
import io.freshet.kernel.PeerKernels;
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
public final class TrainingLane {
    private final Architecture architecture;
    private final Device device;
    private final TrainingConfig config;
    private final TrainingValues values;
    private final TrainingGradients gradients;
    private final SequenceBatch batch;
    /** Operators of a loss with negatives of each row's own; null where all items are candidates. */
    private final @Nullable PeerKernels sampled;

    private SequenceEncoder encoder;
    private int maxTokens = 64;
    private Floats dQueries; // [M, D]
    private Floats losses; // [M]
    private float[] hostLosses = new float[0]; // [M]
    /** No sparse terms for {@code M} rows. */
    private SparseTerms noTerms;

    private final Floats noBias; // [V] zeros
    private final Floats unusedBiasGradient; // [V]
    /** Of every supervised row its target, then its negatives. */
    private Ints candidates; // [M, 1 + negatives]

    private int[] hostCandidates = new int[0]; // [M, 1 + negatives]
    private final Floats scores; // [V]
    private final float[] hostScores; // [V]
    private double loss;
    private int tokens;

    /** Opens a lane on values that it shares with others. */
    public TrainingLane(Architecture architecture, Device device, TrainingValues values, TrainingConfig config) {
        this.architecture = architecture;
        this.device = device;
        this.values = values;
        this.config = config;
        batch = architecture.newBatch(config.batchSequences());
        sampled = config.negatives() > 0 ? device.openPeerKernels() : null;
        gradients = values.newGradients();
        int capacity = values.capacity();
        noBias = device.floats(capacity);
        scores = device.floats(capacity);
        hostScores = new float[capacity];
        encoder = architecture.open(device, values.dense(), gradients.dense(), maxTokens);
        dQueries = device.floats(1);
        losses = device.floats(1);
        noTerms = noTerms(1);
        unusedBiasGradient = device.floats(capacity);
        candidates = device.ints(1);
    }

    private SparseTerms noTerms(int rows) {
        return new SparseTerms(device.ints(rows + 1), device.ints(1), device.floats(1));
    }

    /** Gradients of the last step. */
    public TrainingGradients gradients() {
        return gradients;
    }

    /** Loss of the last step's part: its positions' losses over the number of positions of the whole step. */
    public double loss() {
        return loss;
    }

    /** T, tokens of the last step. */
    public int tokens() {
        return tokens;
    }

    /** Memory for this many rows; grows by half at a time. */
    private void reserve(int rows) {
        int c = 1 + config.negatives();
        if (rows > maxTokens) {
            maxTokens = Math.max(rows, maxTokens * 3 / 2);
            encoder = architecture.open(device, values.dense(), gradients.dense(), maxTokens);
        }
        if (dQueries.length() < maxTokens * architecture.width()) {
            dQueries = device.floats(maxTokens * architecture.width());
            losses = device.floats(maxTokens);
            noTerms = noTerms(maxTokens);
            hostLosses = new float[maxTokens];
            candidates = device.ints(maxTokens * c);
            hostCandidates = new int[maxTokens * c];
        }
    }

    /**
     * Computes the gradients of a micro-batch.
     *
     * @param sequences each with one interaction more than is read: all but the last are input, all but the first are
     *     targets
     * @param positions supervised positions of the whole step
     * @param key of this lane's negatives and dropout in this step
     */
    public void step(List<List<Interaction>> sequences, int positions, long key) {
        int[] firsts = new int[sequences.size()];
        Arrays.fill(firsts, architecture.beginToken() ? 0 : 1);
        step(sequences, firsts, positions, key);
    }

    /** Computes the gradients of only those targets of sequence {@code s} that stand at {@code firsts[s]} or behind. */
    public void step(List<List<Interaction>> sequences, int[] firsts, int positions, long key) {
        reserve(sequences.stream().mapToInt(List::size).sum() + sequences.size());
        int m = fill(sequences, firsts, key);
        tokens = batch.tokens();
        gradients.clear(values.items() * architecture.width());
        Floats queries = encoder.forward(batch, values.embeddings(), new Dropout(config.dropout(), key));
        softmax(m, 1f / positions, queries);
        losses.download(0, hostLosses, 0, m);
        loss = 0;
        for (int i = 0; i < m; i++) {
            loss += hostLosses[i];
        }
        encoder.backward(batch, dQueries, gradients.inputs());
    }

    /** Fills batch and candidates; gives M, the number of targets. */
    private int fill(List<List<Interaction>> sequences, int[] firsts, long key) {
        batch.clear();
        int c = 1 + config.negatives();
        int m = 0;
        int lead = architecture.beginToken() ? 0 : 1;
        for (int s = 0; s < firsts.length; s++) {
            List<Interaction> sequence = sequences.get(s);
            int first = firsts[s];
            int n = sequence.size();
            long next = sequence.get(n - 1).eventTimeMillis();
            List<Interaction> read = sequence.subList(0, n - 1);
            batch.add(read, next, row -> row + lead >= first, token -> (int) token.item());
            for (int i = first; i < n; i++) {
                hostCandidates[m * c] = (int) sequence.get(i).item();
                for (int j = 1; j < c; j++) {
                    double u = CounterRandom.uniform(CounterRandom.mix(key, (long) m * c + j));
                    hostCandidates[m * c + j] = (int) (u * values.items());
                }
                m++;
            }
        }
        candidates.upload(hostCandidates, 0, 0, m * c);
        return m;
    }

    /** Losses and gradients of {@code m} queries, each position's times {@code scale}. */
    private void softmax(int m, float scale, Floats queries) {
        Kernels kernels = encoder.kernels();
        int d = architecture.width();
        float inverseTau = 1 / architecture.temperature();
        if (sampled != null) {
            sampled.sampledSoftmax(
                    new PeerKernels.SampledSoftmaxShape(m, config.negatives(), d, inverseTau, scale),
                    queries,
                    values.normalized(),
                    candidates,
                    new PeerKernels.SampledSoftmaxOutput(losses, dQueries, gradients.normalized()));
        } else {
            kernels.softmax(
                    new SoftmaxShape(m, values.items(), d, inverseTau, scale),
                    queries,
                    values.normalized(),
                    new Kernels.SoftmaxBias(noBias, noBias, noTerms),
                    candidates,
                    new SoftmaxOutput(losses, dQueries, gradients.normalized(), unusedBiasGradient, noTerms.values()));
        }
    }

    /** Scores of all items in a context, {@code [V]}; valid until the next call. */
    public float[] scores(List<Interaction> context, long requestTimeMillis) {
        reserve(context.size() + 1);
        batch.clear();
        int last = context.size() - (architecture.beginToken() ? 0 : 1);
        batch.add(context, requestTimeMillis, row -> row == last, token -> (int) token.item());
        Floats query = encoder.forward(batch, values.embeddings(), Dropout.NONE);
        encoder.kernels().scores(values.scoringTable(), query, scores);
        scores.download(0, hostScores, 0, values.items());
        return hostScores;
    }
}
