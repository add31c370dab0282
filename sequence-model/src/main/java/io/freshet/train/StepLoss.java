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
import io.freshet.model.TransitionTerms;
import io.freshet.model.Transitions;
import io.freshet.store.Interaction;
import java.util.List;

/**
 * Ranks, loss and their gradients over the queries of all lanes at once, in lane order: what is computed for one query
 * does not depend on the others, and the candidates' gradients are summed over queries in that order.
 */
final class StepLoss {
    private final ModelConfig config;
    private final Device device;
    private final Kernels kernels;
    private final TransitionTerms candidateTerms;
    private final TransitionTerms itemTerms;
    private int capacity;
    private Ints targets;
    private Ints targetItems;
    private Ints rankBlock;
    private Floats queries;
    private Floats dQueries;
    private Floats loss;
    private int[] hostTargets;
    private int[] hostItems;
    private float[] hostLoss;
    private Floats dCandidates;
    /** Gradient of the step's rows, {@code [rows, D]}. */
    Floats dRows;
    /** Gradient of the candidates' biases, {@code [candidates]}. */
    Floats dBias;
    /** Rank of every supervised position before it is learned from. */
    int[] ranks;
    /** Supervised positions. */
    int positions;
    /** Sum of their losses. */
    double lossSum;

    StepLoss(ModelConfig config, Device device) {
        this.config = config;
        this.device = device;
        kernels = device.openKernels();
        candidateTerms = new TransitionTerms(device);
        itemTerms = new TransitionTerms(device);
        int d = config.width();
        dCandidates = device.floats(1024 * d);
        dRows = device.floats(1024 * d);
        dBias = device.floats(1024);
        capacity = 256;
        targets = device.ints(capacity);
        targetItems = device.ints(capacity);
        rankBlock = device.ints(capacity);
        queries = device.floats(capacity * d);
        dQueries = device.floats(capacity * d);
        loss = device.floats(capacity);
        hostTargets = new int[capacity];
        hostItems = new int[capacity];
        hostLoss = new float[capacity];
        ranks = new int[capacity];
    }

    private void reserve(int most) {
        if (most <= capacity) {
            return;
        }
        capacity = most;
        targets = device.ints(most);
        targetItems = device.ints(most);
        rankBlock = device.ints(most);
        queries = device.floats(most * config.width());
        dQueries = device.floats(most * config.width());
        loss = device.floats(most);
        hostTargets = new int[most];
        hostItems = new int[most];
        hostLoss = new float[most];
        ranks = new int[most];
    }

    /**
     * What a step brings besides its queries.
     *
     * @param rows its rows
     * @param catalogue the catalogue
     * @param known items from this index on cannot be ranked
     * @param priors weights of the priors
     * @param transitions what followed what
     */
    record Inputs(StepRows rows, Catalogue catalogue, int known, float[] priors, Transitions transitions) {
        int candidate(long item) {
            return rows.candidateSlot(catalogue.indexOf(item));
        }

        int rankable(long item) {
            int at = catalogue.indexOf(item);
            return at < known ? at : -1;
        }
    }

    /** Lays out the targets and what the transitions add to their scores. */
    void prepare(List<List<UserTick.Chunk>> step, int supervised, Inputs in) {
        reserve(2 * supervised);
        candidateTerms.clear();
        itemTerms.clear();
        positions = 0;
        Transitions.LagWeights weights = new Transitions.LagWeights(in.priors(), 2);
        for (List<UserTick.Chunk> lane : step) {
            for (UserTick.Chunk chunk : lane) {
                List<Interaction> tokens = chunk.user().tokens;
                for (int row = 0; row < chunk.rows(); row++) {
                    Interaction target = chunk.target(row);
                    if (target != null) {
                        int end = chunk.from() + row;
                        in.transitions().terms(tokens, end, in::candidate, weights, candidateTerms);
                        in.transitions().terms(tokens, end, in::rankable, weights, itemTerms);
                        hostTargets[positions] = in.rows().slotOf(in.catalogue().indexOf(target.item()));
                        hostItems[positions++] = in.rankable(target.item());
                    }
                }
            }
        }
    }

    /** Collects the queries of all lanes, those that are computed elsewhere included. */
    void gather(LaneTrainer[] lanes, Exchange exchange) {
        byte[][] all = new byte[lanes.length][];
        if (!exchange.alone()) {
            for (int l = 0; l < lanes.length; l++) {
                if (exchange.owns(l)) {
                    all[l] = lanes[l].active() ? lanes[l].queryBytes() : new byte[0];
                }
            }
            all = exchange.share(all);
        }
        int d = config.width();
        int at = 0;
        for (int l = 0; l < lanes.length; l++) {
            int count = lanes[l].supervised() * d;
            if (count == 0) {
                continue;
            }
            if (exchange.owns(l)) {
                kernels.copy(count, lanes[l].queries(), queries.slice(at, count));
            } else {
                queries.upload(LaneGradient.floats(all[l], 0, count), 0, at, count);
            }
            at += count;
        }
    }

    /** Computes ranks, loss and gradients for the queries. */
    void compute(StepRows rows, Ranking ranking) {
        int d = config.width();
        if (dRows.length() < rows.count * d) {
            dRows = device.floats(2 * rows.count * d);
            dCandidates = device.floats(2 * rows.count * d);
            dBias = device.floats(2 * rows.count);
        }
        dRows.fill(0, rows.count * d, 0);
        dCandidates.fill(0, rows.candidates * d, 0);
        dBias.fill(0, rows.candidates, 0);
        targets.upload(hostTargets, 0, 0, positions);
        targetItems.upload(hostItems, 0, 0, positions);
        kernels.rank(positions, ranking, queries, itemTerms.upload(), targetItems, rankBlock);
        rankBlock.download(0, ranks, 0, positions);
        kernels.softmax(
                new SoftmaxShape(positions, rows.candidates, d, 1 / config.temperature(), 1f / positions),
                queries,
                rows.normalized,
                new Kernels.SoftmaxBias(rows.trainingBias, rows.rankingBias, candidateTerms.upload()),
                targets,
                new SoftmaxOutput(loss, dQueries, dCandidates, dBias, candidateTerms.gradient()));
        kernels.l2NormalizeBackward(
                new Kernels.L2NormGrad(rows.candidates, d, rows.normalized, rows.inverseNorms, dCandidates, dRows));
        loss.download(0, hostLoss, 0, positions);
        lossSum = 0;
        for (int i = 0; i < positions; i++) {
            ranks[i] = hostItems[i] < 0 ? Integer.MAX_VALUE : ranks[i];
            lossSum += hostLoss[i];
        }
    }

    /** Gradient of one lane's queries; lanes in order. */
    Floats dQueries(int from, int count) {
        return dQueries.slice(from * config.width(), count * config.width());
    }

    /** Gradient of the transitions' weights, {@code [LAGS]}. */
    float[] lagGradient() {
        return candidateTerms.weightGradient();
    }
}
