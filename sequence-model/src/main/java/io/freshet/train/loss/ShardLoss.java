package io.freshet.train.loss;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.Ranking;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.SparseTerms;
import io.freshet.model.HistoryReading;
import io.freshet.model.ItemDirectory;
import io.freshet.model.ModelConfig;
import io.freshet.model.ModelParameters;
import io.freshet.model.TransitionTerms;
import io.freshet.model.Transitions;
import io.freshet.train.items.ItemShard;
import java.util.function.LongToIntFunction;

/**
 * One lane's items in a step: their part of the softmax and of the ranks of all positions, and the gradients of their
 * rows. What it computes depends on the queries and its own items alone, so shards can be computed anywhere.
 */
public final class ShardLoss {
    private final ModelConfig config;
    private final Device device;
    private final Kernels kernels;
    private final ItemShard shard;
    private final ItemDirectory directory;
    private final TransitionTerms candidateTerms;
    private final TransitionTerms itemTerms;
    private final StepRows rows;
    private StepBuffers buffers;
    private SoftmaxShape shape = new SoftmaxShape(0, 0, 1, 1, 1);
    private SparseTerms terms;
    /** The same terms, by place. */
    private SparseTerms rankTerms;

    /** This lane's items as of this step. */
    private Ranking ranking;

    private float[] hostBias = new float[0];
    private float[] hostRows = new float[0];
    private float[] hostGradients = new float[0];
    private Floats dCandidates;
    private Floats dRows;
    private Floats dBias;
    private double slowGradient;
    private double sharpnessGradient;
    private double recentGradient;
    private float[] lagGradient = new float[Transitions.WEIGHTS];

    public ShardLoss(ModelConfig config, Device device, ItemShard shard, ItemDirectory directory) {
        this.config = config;
        this.device = device;
        this.shard = shard;
        this.directory = directory;
        kernels = device.openKernels();
        candidateTerms = new TransitionTerms(device);
        itemTerms = new TransitionTerms(device);
        terms = candidateTerms.upload();
        rankTerms = terms;
        ranking = shard.ranking(0, new float[ModelParameters.PRIORS], 0);
        rows = new StepRows(config, device);
        buffers = new StepBuffers(device, config.width(), 64, 256);
        dCandidates = device.floats(0);
        dRows = device.floats(0);
        dBias = device.floats(0);
    }

    /** Chooses the candidates. Inputs are added behind them, then {@link #fetch} completes the step's rows. */
    public void candidates(StepPositions positions, StepContext context) {
        rows.begin(shard.size());
        if (context.full()) {
            for (int place = 0; place < shard.size(); place++) {
                rows.add(place);
            }
        }
        for (int i = 0; i < positions.count(); i++) {
            add(positions.item(i));
        }
        for (int draw : context.draws()) {
            add(draw);
        }
        rows.endCandidates();
        NegativeSampler sampler = context.sampler();
        for (int c = 0; c < rows.candidates; c++) {
            int item = shard.member(rows.places[c]);
            rows.ranking[c] = directory.popularityBias(item, context.tick(), context.priors());
            double expected =
                    context.draws().length * sampler.probability(item) + positions.count() * sampler.frequency(item);
            rows.training[c] =
                    context.full() ? rows.ranking[c] : rows.ranking[c] - (float) StrictMath.log(Math.min(1, expected));
        }
    }

    /** Adds an item's row if it is this lane's. */
    public void add(int item) {
        int place = shard.placeOf(directory.item(item));
        if (place >= 0) {
            rows.add(place);
        }
    }

    public void fetch() {
        rows.fetch(kernels, shard.rows());
    }

    /** Slot of an item's row; negative if it is another lane's. */
    public int slotOf(int item) {
        return rows.slotOf(shard.placeOf(directory.item(item)));
    }

    /** The step's rows, {@code [rows, D]}. */
    public Floats rows() {
        return rows.rows;
    }

    /** Computes logits, weights and sums for all queries, and the scores of the targets that are here. */
    public void forward(Floats queries, StepPositions positions, StepContext context) {
        int m = positions.count();
        int c = rows.candidates;
        buffers = buffers.atLeast(device, config.width(), m, c);
        float sharpness = ModelParameters.sharpness(context.priors());
        shape = new SoftmaxShape(m, c, config.width(), sharpness / config.temperature(), 1f / m);
        lookUp(positions, context);
        terms = candidateTerms.upload();
        rankTerms = context.full() ? terms : itemTerms.upload();
        kernels.softmaxPartial(
                shape,
                queries,
                rows.normalized,
                new Kernels.SoftmaxBias(rows.trainingBias, rows.rankingBias, terms),
                buffers.targets,
                buffers.partial(c));
        ranking = shard.ranking(context.tick(), context.priors(), context.known());
        kernels.targetScores(m, ranking, queries, rankTerms, buffers.places, buffers.scores);
        buffers.download(m);
    }

    /**
     * Where the targets stand here, and what the transitions add to scores. If every item is a candidate, slots are
     * places, and what must not be ranked is left out by its bias.
     */
    private void lookUp(StepPositions positions, StepContext context) {
        candidateTerms.clear();
        itemTerms.clear();
        Transitions.LagWeights weights = new Transitions.LagWeights(context.priors(), 2);
        for (int i = 0; i < positions.count(); i++) {
            int item = positions.item(i);
            int place = shard.placeOf(directory.item(item));
            buffers.hostTargets[i] = rows.candidateSlot(place);
            buffers.hostPlaces[i] = item < context.known() ? place : -1;
            buffers.hostBefore[i] = item < context.known() ? shard.placesBefore(item) : 0;
            HistoryReading reading = positions.reading(i);
            LongToIntFunction candidate = id -> rows.candidateSlot(shard.placeOf(id));
            shard.transitions().terms(reading, candidate, weights, candidateTerms);
            candidateTerms.endRow();
            if (!context.full()) {
                shard.transitions().terms(reading, id -> rankable(id, context.known()), weights, itemTerms);
                itemTerms.endRow();
            }
        }
        buffers.upload(positions.count());
    }

    private int rankable(long id, int known) {
        int place = shard.placeOf(id);
        return place >= 0 && shard.member(place) < known ? place : -1;
    }

    /** Largest logit of a position here; negative infinity if there is none. */
    public float max(int position) {
        return buffers.hostMax[position];
    }

    /** Sum of a position's exponentials here, relative to {@link #max}. */
    public float sum(int position) {
        return buffers.hostSum[position];
    }

    /** Logit of a position's target, which stands here. */
    public float targetLogit(int position) {
        return buffers.hostTarget[position];
    }

    /** Score of a position's target, which stands here; negative infinity if it could not be ranked. */
    public float targetScore(int position) {
        return buffers.hostScores[position];
    }

    /**
     * Computes ranks and gradients.
     *
     * @param factors what makes a weight a gradient, per position
     * @param scores scores of all targets, per position
     */
    public void backward(
            Floats queries, StepPositions positions, StepContext context, float[] factors, float[] scores) {
        int m = positions.count();
        int d = config.width();
        if (dBias.length() < rows.count) {
            dRows = device.floats(2 * rows.count * d);
            dCandidates = device.floats(2 * rows.count * d);
            dBias = device.floats(2 * rows.count);
        }
        dRows.fill(0, rows.count * d, 0);
        dCandidates.fill(0, rows.candidates * d, 0);
        dBias.fill(0, rows.candidates, 0);
        buffers.scores.upload(scores, 0, 0, m);
        buffers.factors.upload(factors, 0, 0, m);
        kernels.countAbove(m, ranking, queries, rankTerms, buffers.scores, buffers.before, buffers.counts);
        buffers.counts.download(0, buffers.hostCounts, 0, m);
        kernels.softmaxPartialBackward(
                shape,
                queries,
                rows.normalized,
                buffers.targets,
                new Kernels.SoftmaxPartialGrad(
                        buffers.partial(rows.candidates),
                        terms,
                        buffers.factors,
                        buffers.dY,
                        dCandidates,
                        dBias,
                        candidateTerms.gradient()));
        kernels.l2NormalizeBackward(
                new Kernels.L2NormGrad(rows.candidates, d, rows.normalized, rows.inverseNorms, dCandidates, dRows));
        lagGradient = candidateTerms.weightGradient();
        sharpnessGradient = kernels.dot(m * d, queries, buffers.dY);
        popularityGradients(context.tick());
    }

    private void popularityGradients(long tick) {
        if (hostBias.length < rows.candidates) {
            hostBias = new float[2 * rows.candidates];
        }
        dBias.download(0, hostBias, 0, rows.candidates);
        slowGradient = 0;
        recentGradient = 0;
        for (int c = 0; c < rows.candidates; c++) {
            int item = shard.member(rows.places[c]);
            slowGradient += hostBias[c] * (double) directory.logPopularity(item, tick);
            recentGradient += hostBias[c] * (double) directory.logRecentPopularity(item, tick);
        }
    }

    /** Items of this lane that stand before a position's target. */
    public int above(int position) {
        return buffers.hostCounts[position];
    }

    /** This lane's part of the queries' gradient, {@code [M, D]}. */
    public Floats dQueries() {
        return buffers.dY;
    }

    /** Gradient of the step's rows, {@code [rows, D]}; the lanes add what their inputs got. */
    public Floats dRows() {
        return dRows;
    }

    /** This lane's part of the gradient of a prior's weight. */
    public double priorGradient(int prior) {
        if (prior == ModelParameters.SHARPNESS) {
            return sharpnessGradient;
        }
        return prior == 0 ? slowGradient : prior == 1 ? recentGradient : lagGradient[prior - 2];
    }

    /** Adds gradients of inputs, {@code [slots, D]}; those with a negative slot are another lane's. */
    public void addInputGradients(Floats gradients, int[] slots, int count) {
        buffers = buffers.withSlots(device, count);
        buffers.slots.upload(slots, 0, 0, count);
        kernels.scatterAdd(new Kernels.GatherShape(count, config.width(), 1f, true), gradients, buffers.slots, dRows);
    }

    /** Sum of squares of the rows' gradients; not finite if any of them is not. */
    public double sumOfSquares() {
        return kernels.sumOfSquares(rows.count * config.width(), dRows);
    }

    /** Updates the rows that got a gradient. */
    public void update(RowOptimizer optimizer, long step) {
        int d = config.width();
        int count = rows.count * d;
        if (hostRows.length < count) {
            hostRows = new float[2 * count];
            hostGradients = new float[2 * count];
        }
        float[] values = hostRows;
        float[] gradients = hostGradients;
        rows.rows.download(0, values, 0, count);
        dRows.download(0, gradients, 0, count);
        for (int slot = 0; slot < rows.count; slot++) {
            boolean zero = true;
            for (int i = slot * d; i < (slot + 1) * d && zero; i++) {
                zero = gradients[i] == 0;
            }
            if (!zero) {
                int place = rows.places[slot];
                float v = optimizer.update(
                        values, gradients, slot * d, d, shard.secondMoment(place), step - shard.lastStep(place));
                shard.updateSlot(place, v, step);
                shard.putEmbedding(place, values, slot * d);
            }
        }
    }
}
