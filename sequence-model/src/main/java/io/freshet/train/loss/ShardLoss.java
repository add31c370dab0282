package io.freshet.train.loss;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Kernels;
import io.freshet.model.ModelConfig;
import io.freshet.model.items.ItemDirectory;
import io.freshet.train.items.ItemShard;

/**
 * One shard's part of a step: of the softmax and of the ranks of all positions, and the gradients of its rows. What it
 * computes depends on the queries and its own items alone, so shards can be computed anywhere.
 *
 * <p>A step calls {@link #select}, {@link #addInput} for every input, {@link #fetch}, {@link #forward}, {@link
 * #backward}, {@link #addInputGradients} lane by lane, and, if no guard fails, {@link #update}.
 */
public final class ShardLoss {
    private final ItemShard shard;
    private final ItemDirectory directory;
    private final Kernels kernels;
    private final int width;
    private final BatchRows rows;
    private final CandidateBiases biases;
    private final CandidateSelection selection;
    private final TargetRows targets;
    private final LogitTerms terms;
    private final ShardSoftmax softmax;
    private final ShardRanks ranks;
    private final LogitWeightGradients weightGradients;
    private final RowGradients rowGradients;

    /** The loss over an owned lane's items, of the directory that all lanes share. */
    public ShardLoss(ModelConfig config, Device device, ItemShard shard, ItemDirectory directory) {
        this.shard = shard;
        this.directory = directory;
        kernels = device.openKernels();
        width = config.width();
        rows = new BatchRows(device, width);
        biases = new CandidateBiases(device);
        selection = new CandidateSelection(shard, directory);
        targets = new TargetRows(device, shard, directory);
        terms = new LogitTerms(device, shard);
        softmax = new ShardSoftmax(config, device, kernels);
        ranks = new ShardRanks(device, kernels, shard);
        weightGradients = new LogitWeightGradients(kernels, shard, directory);
        rowGradients = new RowGradients(device, kernels, shard, rows, width);
    }

    /** Chooses the candidates. Inputs are added behind them, then {@link #fetch} completes the step's rows. */
    public void select(StepPositions positions, StepContext context) {
        selection.select(positions, context, rows, biases);
    }

    /** Adds the row of an item, by itemIndex, if it is this shard's. */
    public void addInput(int itemIndex) {
        selection.add(itemIndex, rows);
    }

    /** Fetches the rows of candidates and inputs. */
    public void fetch() {
        rows.fetch(kernels, shard.rows());
    }

    /** The batchRow of an item, by itemIndex; negative if the step does not read it here. */
    public int batchRowOf(int itemIndex) {
        return rows.batchRowOf(shard.shardRowOf(directory.item(itemIndex)));
    }

    /** Embeddings that the step reads, {@code [R, D]}. */
    public Floats rows() {
        return rows.rows();
    }

    /**
     * Computes exponentials and sums of all positions, and the scores of the targets that are this shard's.
     *
     * @param queries {@code [M, D]}, at length 1
     */
    public void forward(Floats queries, StepPositions positions, StepContext context) {
        targets.find(positions, context, rows);
        terms.build(positions, context, rows);
        softmax.forward(
                positions.count(),
                queries,
                rows,
                biases.with(terms.ofCandidates()),
                targets.batchRows(),
                context.logitScale());
        ranks.score(positions.count(), queries, terms.ofItems(), targets.shardRows(), context);
    }

    /** Largest logit of a position here; negative infinity if there is none. */
    public float max(int position) {
        return softmax.max(position);
    }

    /** Sum of a position's exponentials here, relative to {@link #max}. */
    public float sum(int position) {
        return softmax.sum(position);
    }

    /** Logit of a position's target, which is this shard's. */
    public float targetLogit(int position) {
        return softmax.targetLogit(position);
    }

    /** Score of a position's target, which is this shard's; negative infinity if it could not be ranked. */
    public float targetScore(int position) {
        return ranks.targetScore(position);
    }

    /**
     * Computes ranks and gradients.
     *
     * @param queries {@code [M, D]}, as in {@link #forward}
     * @param factors what makes a weight the gradient of its logit, {@code [M]}
     * @param scores scores of all targets, {@code [M]}
     */
    public void backward(
            Floats queries, StepPositions positions, StepContext context, float[] factors, float[] scores) {
        int m = positions.count();
        ranks.count(m, queries, terms.ofItems(), scores, targets.before());
        softmax.backward(queries, rows, terms, targets.batchRows(), factors);
        rowGradients.begin(softmax.dCandidates());
        weightGradients.compute(m * width, queries, softmax, terms, rows, context.tick());
    }

    /** Items of this shard that stand before a position's target. */
    public int above(int position) {
        return ranks.above(position);
    }

    /** This shard's part of the queries' gradient, {@code [M, D]}. */
    public Floats dQueries() {
        return softmax.dQueries();
    }

    /** This shard's part of the gradient of a logit weight, in {@code [0, B)}. */
    public double logitWeightGradient(int weight) {
        return weightGradients.of(weight);
    }

    /**
     * Adds the gradients of a lane's inputs.
     *
     * @param gradients {@code [I, D]}
     * @param batchRows of the inputs, {@code [I]}; negative where an input is another shard's
     * @param count number of inputs, {@code I}
     */
    public void addInputGradients(Floats gradients, int[] batchRows, int count) {
        rowGradients.addInputs(gradients, batchRows, count);
    }

    /** Sum of squares of the rows' gradients; not finite if any of them is not. */
    public double sumOfSquares() {
        return rowGradients.sumOfSquares();
    }

    /** Moves the rows that got a gradient. */
    public void update(RowOptimizer optimizer, long step) {
        rowGradients.update(optimizer, step);
    }
}
