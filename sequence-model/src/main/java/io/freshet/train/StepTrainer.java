package io.freshet.train;

import io.freshet.kernel.AdamStep;
import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.model.Catalogue;
import io.freshet.model.CounterRandom;
import io.freshet.model.ModelParameters;
import io.freshet.model.Transitions;
import io.freshet.store.Interaction;
import io.freshet.store.StateReader;
import io.freshet.store.TransitionRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The optimizer steps of a tick: candidates, lanes, reduction in lane order, guards, updates. */
final class StepTrainer implements AutoCloseable {
    private static final float PRIORS_RATE = 10f;
    private static final String WEIGHTS = "learner.weights";
    private static final String FIRST = "learner.first-moment";
    private static final String SECOND = "learner.second-moment";

    private final LearnerConfig config;
    private final Catalogue catalogue;
    private final RowSlots slots;
    private final ModelParameters weights;
    private final ModelParameters first;
    private final ModelParameters second;
    private final Replay replay;
    private final LaneTrainer[] lanes;
    private final Exchange exchange;
    private final Device device;
    /** Sum of the lanes' gradients. */
    private final ModelParameters total;
    /** Gradients of one lane that is computed elsewhere. */
    private final ModelParameters remote;

    private Ints remoteSlots;
    private Floats remoteRows;
    private final LaneThreads threads;
    private final Kernels kernels;
    private final StepRows rows;
    private final StepLoss loss;
    private final NegativeSampler sampler = new NegativeSampler();
    private final RowOptimizer rowOptimizer;
    private final TouchedRows touched = new TouchedRows();
    private final float[] priors = new float[ModelParameters.PRIORS];
    private final Transitions transitions;
    /** Items whose transitions changed in this tick, by ordinal. */
    private final TreeMap<Integer, Long> touchedTransitions = new TreeMap<>();

    private final List<RankedEvent> ranked = new ArrayList<>();
    private float[] hostRows = new float[0];
    private float[] hostGradient = new float[0];
    private float[] hostBias = new float[0];
    private long tick;
    private int known;
    private double lossSum;
    private long lossCount;
    private double gradientNorm;

    StepTrainer(
            LearnerConfig config,
            int laneCount,
            Device device,
            Catalogue catalogue,
            RowSlots slots,
            Exchange exchange) {
        this.exchange = exchange;
        total = new ModelParameters(config.model(), device);
        remote = new ModelParameters(config.model(), device);
        remoteSlots = device.ints(1024);
        remoteRows = device.floats(1024 * config.model().width());
        this.device = device;
        transitions = new Transitions();
        this.config = config;
        this.catalogue = catalogue;
        this.slots = slots;
        weights = new ModelParameters(config.model(), device);
        first = new ModelParameters(config.model(), device);
        second = new ModelParameters(config.model(), device);
        int maxTokens = Math.max(config.batchTokens(), config.model().window());
        lanes = new LaneTrainer[laneCount];
        for (int lane = 0; lane < laneCount; lane++) {
            lanes[lane] = new LaneTrainer(config.model(), device, maxTokens);
        }
        replay = new Replay(config.replayRatio(), config.model().seed());
        threads = new LaneThreads(config.threads());
        rows = new StepRows(config.model(), device);
        loss = new StepLoss(config.model(), device);
        kernels = device.openKernels();
        rowOptimizer = new RowOptimizer(config.rowLearningRate(), config.rowDecay());
        upload(weights, ModelParameters.initial(config.model()));
        int unused = ModelParameters.PRIORS - config.priors().count();
        weights.priors().fill(config.priors().count(), unused, 0f);
    }

    private static void upload(ModelParameters target, float[] values) {
        target.block().upload(values, 0, 0, target.count());
    }

    private static float[] download(ModelParameters source) {
        float[] values = new float[source.count()];
        source.block().download(0, values, 0, values.length);
        return values;
    }

    void restore(StateReader state) {
        state.forEachTransition(transitions::put);
        replay.restore(state);
        float[] saved = state.dense(WEIGHTS);
        float[] savedFirst = state.dense(FIRST);
        float[] savedSecond = state.dense(SECOND);
        if (saved != null && savedFirst != null && savedSecond != null) {
            upload(weights, saved);
            upload(first, savedFirst);
            upload(second, savedSecond);
        } else if (state.tick() >= 0) {
            throw new IllegalStateException("the store holds ticks up to " + state.tick()
                    + " but not the learner's own weights: it is a follower's, or its snapshot is incomplete");
        }
    }

    Map<String, float[]> ownTensors() {
        Map<String, float[]> tensors = new TreeMap<>();
        tensors.put(WEIGHTS, download(weights));
        tensors.put(FIRST, download(first));
        tensors.put(SECOND, download(second));
        return tensors;
    }

    void saveReplay(Map<String, byte[]> attributes) {
        replay.save(attributes);
    }

    float[] weights() {
        return download(weights);
    }

    void beginTick(long now, int knownItems) {
        tick = now;
        known = knownItems;
        lossSum = 0;
        lossCount = 0;
        ranked.clear();
        touched.begin();
        sampler.prepare(catalogue, now);
    }

    void learn(TickPlan plan, LearnerCounters counters, Prequential prequential) {
        List<List<List<UserTick.Chunk>>> batches = plan.batches(lanes.length, config);
        replay.extend(batches, config.batchTokens(), item -> catalogue.indexOf(item) >= 0);
        int steps = batches.stream().mapToInt(List::size).max().orElse(0);
        for (int s = 0; s < steps; s++) {
            List<List<UserTick.Chunk>> step = new ArrayList<>();
            for (List<List<UserTick.Chunk>> lane : batches) {
                step.add(s < lane.size() ? lane.get(s) : List.of());
            }
            step(s, step, counters, prequential);
        }
    }

    private void step(int s, List<List<UserTick.Chunk>> step, LearnerCounters counters, Prequential prequential) {
        weights.priors().download(0, priors, 0, priors.length);
        int positions = candidates(s, step);
        if (positions == 0) {
            return;
        }
        rows.fetch(kernels, catalogue);
        threads.forEach(lanes.length, lane -> {
            lanes[lane].layOut(step.get(lane));
            if (lanes[lane].active() && exchange.owns(lane)) {
                lanes[lane].forward(step.get(lane), rows, catalogue, weights);
            }
        });
        loss.prepare(step, positions, new StepLoss.Inputs(rows, catalogue, known, priors, transitions));
        loss.gather(lanes, exchange);
        loss.compute(rows, catalogue.ranking(tick, priors, known));
        int[] from = new int[lanes.length + 1];
        long tokens = 0;
        for (int lane = 0; lane < lanes.length; lane++) {
            from[lane + 1] = from[lane] + lanes[lane].supervised();
            tokens += lanes[lane].tokens();
        }
        threads.forEach(lanes.length, lane -> {
            if (lanes[lane].active() && exchange.owns(lane)) {
                lanes[lane].backward(weights, loss.dQueries(from[lane], lanes[lane].supervised()));
            }
        });
        lossSum += loss.lossSum;
        lossCount += positions;
        report(step, prequential);
        ModelParameters sum = reduce();
        if (apply(sum, counters.steps() + 1)) {
            counters.step(tokens);
        } else {
            counters.skippedStep();
        }
        step.forEach(lane -> lane.forEach(this::countTransitions));
    }

    private void report(List<List<UserTick.Chunk>> step, Prequential prequential) {
        int position = 0;
        for (List<UserTick.Chunk> lane : step) {
            for (UserTick.Chunk chunk : lane) {
                for (int row = 0; row < chunk.rows(); row++) {
                    Interaction target = chunk.target(row);
                    if (target != null) {
                        int rank = loss.ranks[position++];
                        if (chunk.replayed()) {
                            continue;
                        }
                        prequential.model(rank);
                        ranked.add(new RankedEvent(target.eventId(), rank == Integer.MAX_VALUE ? -1 : rank));
                    }
                }
            }
        }
    }

    /** Ranks that this tick's events had before they were learned from, in order of learning. */
    List<RankedEvent> ranked() {
        return List.copyOf(ranked);
    }

    /** Fills the step's rows; gives the number of supervised positions. */
    private int candidates(int s, List<List<UserTick.Chunk>> step) {
        rows.begin(catalogue.size());
        boolean full = catalogue.size() <= config.fullSoftmaxItems();
        if (full) {
            for (int v = 0; v < catalogue.size(); v++) {
                rows.add(v);
            }
        }
        int positions = 0;
        for (List<UserTick.Chunk> lane : step) {
            for (UserTick.Chunk chunk : lane) {
                for (int row = 0; row < chunk.rows(); row++) {
                    Interaction target = chunk.target(row);
                    if (target != null) {
                        rows.add(catalogue.indexOf(target.item()));
                        positions++;
                    }
                }
            }
        }
        if (!full) {
            long key = CounterRandom.mix(CounterRandom.mix(config.model().seed(), tick), s);
            for (int n = 0; n < config.negatives(); n++) {
                rows.add(sampler.draw(key, n));
            }
        }
        rows.endCandidates();
        for (int c = 0; c < rows.candidates; c++) {
            int item = rows.indices[c];
            rows.ranking[c] = catalogue.popularityBias(item, tick, priors);
            double expected = config.negatives() * sampler.probability(item) + positions * sampler.frequency(item);
            rows.training[c] = full ? rows.ranking[c] : rows.ranking[c] - (float) StrictMath.log(Math.min(1, expected));
        }
        for (List<UserTick.Chunk> lane : step) {
            for (UserTick.Chunk chunk : lane) {
                for (int at = chunk.from(); at < chunk.end() - 1; at++) {
                    int item = catalogue.indexOf(chunk.user().tokens.get(at).item());
                    if (item >= 0) {
                        rows.add(item);
                    }
                }
            }
        }
        return positions;
    }

    /** Adds the lanes' gradients up in lane order. */
    private ModelParameters reduce() {
        byte[][] elsewhere = sharedGradients();
        boolean first = true;
        for (int l = 0; l < lanes.length; l++) {
            if (!lanes[l].active()) {
                continue;
            }
            ModelParameters gradient = lanes[l].gradient();
            if (exchange.owns(l)) {
                lanes[l].addRowGradients(kernels, loss.dRows);
            } else {
                gradient = remote;
                takeRemote(elsewhere[l]);
            }
            if (first) {
                kernels.copy(total.count(), gradient.block(), total.block());
                first = false;
            } else {
                kernels.addScaled(total.count(), 1f, gradient.block(), total.block());
            }
        }
        return total;
    }

    private byte[][] sharedGradients() {
        byte[][] mine = new byte[lanes.length][];
        if (exchange.alone()) {
            return mine;
        }
        for (int l = 0; l < lanes.length; l++) {
            if (exchange.owns(l)) {
                mine[l] = lanes[l].active() ? lanes[l].gradientBytes() : new byte[0];
            }
        }
        return exchange.share(mine);
    }

    private void takeRemote(byte[] bytes) {
        int[] touchedSlots = LaneGradient.slots(bytes);
        int d = config.model().width();
        int count = touchedSlots.length;
        if (remoteSlots.length() < count) {
            remoteSlots = device.ints(2 * count);
            remoteRows = device.floats(2 * count * d);
        }
        upload(remote, LaneGradient.floats(bytes, 0, remote.count()));
        remoteRows.upload(LaneGradient.floats(bytes, remote.count(), count * d), 0, 0, count * d);
        remoteSlots.upload(touchedSlots, 0, 0, count);
        kernels.scatterAdd(new Kernels.GatherShape(count, d, 1f, true), remoteRows, remoteSlots, loss.dRows);
    }

    private boolean apply(ModelParameters sum, long step) {
        int d = config.model().width();
        int count = rows.count * d;
        if (hostRows.length < count) {
            hostRows = new float[2 * count];
            hostGradient = new float[2 * count];
            hostBias = new float[2 * rows.count];
        }
        priorsGradient(sum);
        double squares = kernels.sumOfSquares(sum.count(), sum.block());
        double rowSquares = kernels.sumOfSquares(count, loss.dRows);
        if (!Double.isFinite(squares) || !Double.isFinite(rowSquares)) {
            return false;
        }
        gradientNorm = Math.sqrt(squares);
        if (gradientNorm > config.gradientClip()) {
            float[] clipped = download(sum);
            float factor = (float) (config.gradientClip() / gradientNorm);
            for (int i = 0; i < clipped.length; i++) {
                clipped[i] *= factor;
            }
            upload(sum, clipped);
        }
        float rate = config.denseLearningRate() * Math.min(1f, (float) step / config.warmUpSteps());
        AdamStep network = new AdamStep(rate, 0.9f, 0.98f, 1e-8f, 0f, step);
        for (int part = 0; part < 2; part++) {
            adam(network, List.of(weights, first, second, sum), part);
        }
        // A handful of weights with a strong signal each: they may move faster than the network.
        kernels.adamW(
                new AdamStep(PRIORS_RATE * rate, 0.9f, 0.98f, 1e-8f, 0f, step),
                ModelParameters.PRIORS,
                new Kernels.AdamState(weights.priors(), first.priors(), second.priors()),
                sum.priors());
        rows.rows.download(0, hostRows, 0, count);
        loss.dRows.download(0, hostGradient, 0, count);
        for (int slot = 0; slot < rows.count; slot++) {
            updateRow(slot, step);
        }
        return true;
    }

    /** One slice of the network; {@code all}: weights, moments, gradient. */
    private void adam(AdamStep step, List<ModelParameters> all, int part) {
        List<Floats> slices = all.stream().map(p -> p.network().get(part)).toList();
        kernels.adamW(
                step,
                slices.get(0).length(),
                new Kernels.AdamState(slices.get(0), slices.get(1), slices.get(2)),
                slices.get(3));
    }

    private void updateRow(int slot, long step) {
        int d = config.model().width();
        int at = rows.indices[slot];
        boolean zero = true;
        for (int i = slot * d; i < (slot + 1) * d && zero; i++) {
            zero = hostGradient[i] == 0;
        }
        if (zero) {
            return;
        }
        float v = rowOptimizer.update(
                hostRows, hostGradient, slot * d, d, slots.secondMoment(at), step - slots.lastStep(at));
        slots.update(at, v, step);
        catalogue.putEmbedding(at, hostRows, slot * d);
        touched.add(at);
    }

    /**
     * Gradients of the priors' weights: of the popularities, what the candidates' biases got times their
     * log-popularities; of the transitions, what their terms got.
     */
    private void priorsGradient(ModelParameters sum) {
        loss.dBias.download(0, hostBias, 0, rows.candidates);
        double slow = 0;
        double recent = 0;
        for (int c = 0; c < rows.candidates; c++) {
            slow += hostBias[c] * (double) catalogue.logPopularity(rows.indices[c], tick);
            recent += hostBias[c] * (double) catalogue.logRecentPopularity(rows.indices[c], tick);
        }
        sum.priors().upload(new float[] {(float) slow, (float) recent}, 0, 0, 2);
        sum.priors().upload(loss.lagGradient(), 0, 2, Transitions.LAGS);
        int used = config.priors().count();
        sum.priors().fill(used, ModelParameters.PRIORS - used, 0f);
    }

    private void countTransitions(UserTick.Chunk chunk) {
        List<Interaction> tokens = chunk.user().tokens;
        for (int at = chunk.firstNew(); at < chunk.end() && !chunk.replayed(); at++) {
            if (!Supervision.isPositive(tokens.get(at).action())) {
                continue;
            }
            for (int lag = 1; lag <= Transitions.LAGS && lag <= at; lag++) {
                long source = tokens.get(at - lag).item();
                int index = catalogue.indexOf(source);
                if (index >= 0) {
                    long next = tokens.get(at).item();
                    transitions.count(source, next, lag);
                    touchedTransitions.put(catalogue.ordinal(index), source);
                    touchedTransitions.put(catalogue.ordinal(catalogue.indexOf(next)), next);
                }
            }
        }
    }

    /** Transition rows that changed in this tick, in order of their items' ordinals. */
    List<TransitionRow> takeTransitions() {
        List<TransitionRow> rows = new ArrayList<>();
        for (long item : touchedTransitions.values()) {
            TransitionRow row = transitions.row(item);
            if (row != null) {
                rows.add(row);
            }
        }
        touchedTransitions.clear();
        return rows;
    }

    void touch(int at) {
        touched.add(at);
    }

    /** Indices of all rows that changed in this tick, rising. */
    int[] touched() {
        return touched.sorted();
    }

    void clearTouched() {
        touched.clear();
    }

    /** Takes out indices that are evicted; the others move up. */
    void forget(List<Integer> gone) {
        transitions.removeAll(gone.stream().map(catalogue::item).toList());
        touched.removeAll(gone);
    }

    double meanLoss() {
        return lossCount == 0 ? Double.NaN : lossSum / lossCount;
    }

    double gradientNorm() {
        return gradientNorm;
    }

    @Override
    public void close() {
        threads.close();
        Arrays.fill(lanes, null);
    }
}
