package io.freshet.train;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.Ranking;
import io.freshet.kernel.SoftmaxOutput;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.model.Catalogue;
import io.freshet.model.ModelConfig;
import io.freshet.model.ModelParameters;
import io.freshet.model.SequenceBatch;
import io.freshet.model.SequenceModel;
import io.freshet.model.TransitionTerms;
import io.freshet.model.Transitions;
import io.freshet.model.Transitions.LagWeights;
import io.freshet.store.Interaction;
import java.util.List;

/** One lane's part of a step: forward, ranks, loss, backward, into gradients of its own. */
final class LaneTrainer {
    private final ModelConfig config;
    private final Device device;
    private final SequenceModel model;
    private final SequenceBatch batch;
    final ModelParameters gradient;
    private final Ints targets;
    private final Ints targetItems;
    private final Ints rankBlock;
    private final TransitionTerms candidateTerms;
    private final TransitionTerms itemTerms;
    private final Floats loss;
    private final Floats dQueries;
    private final int[] hostTargets;
    private final int[] hostItems;
    private final float[] hostLoss;
    Floats dRows;
    private Floats dCandidates;
    Floats dBias;
    final int[] ranks;
    int supervised;
    int tokens;
    double lossSum;
    boolean active;

    LaneTrainer(ModelConfig config, Device device, int maxTokens) {
        this.config = config;
        this.device = device;
        model = new SequenceModel(config, device, maxTokens);
        batch = new SequenceBatch(config, maxTokens);
        gradient = new ModelParameters(config, device);
        targets = device.ints(maxTokens);
        targetItems = device.ints(maxTokens);
        rankBlock = device.ints(maxTokens);
        candidateTerms = new TransitionTerms(device);
        itemTerms = new TransitionTerms(device);
        loss = device.floats(maxTokens);
        dQueries = device.floats(maxTokens * config.width());
        hostTargets = new int[maxTokens];
        hostItems = new int[maxTokens];
        hostLoss = new float[maxTokens];
        ranks = new int[maxTokens];
        dRows = device.floats(1024 * config.width());
        dCandidates = device.floats(1024 * config.width());
        dBias = device.floats(1024);
    }

    Kernels kernels() {
        return model.kernels();
    }

    /** Lays out a micro-batch; slots of rows must be complete. {@code known}: items that can be ranked. */
    void prepare(List<UserTick.Chunk> chunks, StepRows rows, Catalogue catalogue, int known) {
        batch.clear();
        supervised = 0;
        active = !chunks.isEmpty();
        for (UserTick.Chunk chunk : chunks) {
            List<Interaction> tokens = chunk.user().tokens.subList(chunk.from(), chunk.end() - 1);
            long next = chunk.user().tokens.get(chunk.end() - 1).eventTimeMillis();
            batch.add(tokens, next, row -> chunk.target(row) != null, t -> rows.slotOf(catalogue.indexOf(t.item())));
            for (int row = 0; row < chunk.rows(); row++) {
                Interaction target = chunk.target(row);
                if (target != null) {
                    int index = catalogue.indexOf(target.item());
                    hostTargets[supervised] = rows.slotOf(index);
                    hostItems[supervised++] = index < known ? index : -1;
                }
            }
        }
        tokens = batch.tokens();
    }

    /** Lays out what the transitions add to the scores of the supervised rows; after {@link #prepare}. */
    void prepareTransitions(
            List<UserTick.Chunk> chunks, Transitions transitions, LagWeights weights, StepRows rows, Known known) {
        candidateTerms.clear();
        itemTerms.clear();
        for (UserTick.Chunk chunk : chunks) {
            List<Interaction> tokens = chunk.user().tokens;
            for (int row = 0; row < chunk.rows(); row++) {
                if (chunk.target(row) != null) {
                    int end = chunk.from() + row;
                    transitions.terms(
                            tokens, end, item -> rows.candidateSlot(known.any(item)), weights, candidateTerms);
                    transitions.terms(tokens, end, known::rankable, weights, itemTerms);
                }
            }
        }
    }

    /** Which items of the catalogue can be ranked: those below a limit. */
    record Known(Catalogue catalogue, int limit) {
        int any(long item) {
            return catalogue.indexOf(item);
        }

        int rankable(long item) {
            int at = catalogue.indexOf(item);
            return at < limit ? at : -1;
        }
    }

    /** Computes ranks, loss and gradients; {@code positions} is the number of supervised rows of the whole step. */
    void compute(ModelParameters weights, StepRows rows, Ranking ranking, int positions) {
        int d = config.width();
        gradient.block().fill(0, gradient.count(), 0);
        if (dRows.length() < rows.count * d) {
            dRows = device.floats(2 * rows.count * d);
            dCandidates = device.floats(2 * rows.count * d);
            dBias = device.floats(2 * rows.count);
        }
        dRows.fill(0, rows.count * d, 0);
        dBias.fill(0, rows.candidates, 0);
        lossSum = 0;
        Floats queries = model.forward(weights, batch, rows.rows);
        if (supervised == 0) {
            return;
        }
        Kernels kernels = model.kernels();
        targets.upload(hostTargets, 0, 0, supervised);
        targetItems.upload(hostItems, 0, 0, supervised);
        kernels.rank(supervised, ranking, queries, itemTerms.upload(), targetItems, rankBlock);
        rankBlock.download(0, ranks, 0, supervised);
        for (int i = 0; i < supervised; i++) {
            ranks[i] = hostItems[i] < 0 ? Integer.MAX_VALUE : ranks[i];
        }
        dCandidates.fill(0, rows.candidates * d, 0);
        kernels.softmax(
                new SoftmaxShape(supervised, rows.candidates, d, 1 / config.temperature(), 1f / positions),
                queries,
                rows.normalized,
                new Kernels.SoftmaxBias(rows.trainingBias, rows.rankingBias, candidateTerms.upload()),
                targets,
                new SoftmaxOutput(loss, dQueries, dCandidates, dBias, candidateTerms.gradient()));
        gradient.priors().upload(candidateTerms.weightGradient(), 0, 2, Transitions.LAGS);
        loss.download(0, hostLoss, 0, supervised);
        for (int i = 0; i < supervised; i++) {
            lossSum += hostLoss[i];
        }
        kernels.l2NormalizeBackward(
                new Kernels.L2NormGrad(rows.candidates, d, rows.normalized, rows.inverseNorms, dCandidates, dRows));
        model.backward(weights, gradient, batch, dQueries, dRows);
    }
}
