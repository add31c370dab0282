package io.freshet.train.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.kernel.Device;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.ActionRules;
import io.freshet.model.ContextConfig;
import io.freshet.model.CounterRandom;
import io.freshet.model.LayerConfig;
import io.freshet.model.ModelConfig;
import io.freshet.model.PopularityDecay;
import io.freshet.model.hstu.HstuParameters;
import io.freshet.model.items.ItemDirectory;
import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.History;
import io.freshet.store.Interaction;
import io.freshet.store.ItemRow;
import io.freshet.store.OptimizerState;
import io.freshet.store.RowChange;
import io.freshet.store.StoreLayout;
import io.freshet.store.memory.InMemoryStore;
import io.freshet.train.Learner;
import io.freshet.train.LearnerConfig;
import io.freshet.train.TestLog;
import io.freshet.train.TickOutcome;
import io.freshet.train.TickReport;
import io.freshet.train.exchange.Compression;
import io.freshet.train.loss.NegativeSampler;
import io.freshet.train.step.Reference64.Candidate;
import io.freshet.train.step.Reference64.Sequence;
import io.freshet.train.step.Reference64.State;
import io.freshet.train.step.SoftmaxConfig.BiasSet;
import io.freshet.train.tick.LogEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One whole step of the learner, from a state that it has learned, against the same step in float64: loss, ranks, the
 * gradient of every dense weight, the logit weights included, what AdamW makes of it, and every row. Several users,
 * lanes and sequences, a new user and a new item, all memories on.
 *
 * <p>Tolerance: what float32 cannot do better than. The inputs of a step stand in float32, so a gradient is only known
 * up to what half a unit in the last place of every input moves it; that is measured in float64, and a gradient may be
 * {@link #UNITS} times as far off, since a step rounds in some tens of places behind one another.
 */
class StepTrainerFloat64Test {
    private static final int D = 8;
    private static final StoreLayout LAYOUT = new StoreLayout(4, 64, D, 50);
    private static final ModelConfig MODEL = new ModelConfig(
            new LayerConfig(ModelConfig.Variant.STREAMING, D, 2, 2, 4, 16),
            new ContextConfig(32, 12),
            0.2f,
            new PopularityDecay(100, 10),
            7,
            ActionRules.DEFAULT);
    private static final int ITEMS = 30;
    private static final int USERS = 12;
    private static final long TICK = 40;
    private static final float DENSE_RATE = 2e-3f;
    private static final float ROW_RATE = 0.2f;
    private static final float ROW_DECAY = 0.99f;
    private static final double UNITS = 12;
    private static final double ULP = Math.scalb(1.0, -24);

    private final SplittableRandom random = new SplittableRandom(77);
    private long offset;

    private static LearnerConfig config(int fullSoftmaxItems, float clip) {
        return new LearnerConfig(
                MODEL,
                new TrainingConfig(
                        200,
                        0f,
                        new SoftmaxConfig(fullSoftmaxItems, 20, BiasSet.ALL),
                        new OptimizerConfig(DENSE_RATE, 100, ROW_RATE, ROW_DECAY, clip),
                        Compression.NONE,
                        1),
                1000,
                4);
    }

    private List<LogEvent> events(long tick, int users, int most, int items) {
        List<LogEvent> events = new ArrayList<>();
        for (int user = 0; user < users; user++) {
            for (int i = random.nextInt(most + 1); i > 0; i--) {
                long time = 3_000_000L * tick + random.nextInt(2_000_000);
                events.add(TestLog.click(offset++, user, random.nextInt(items), time));
            }
        }
        return events;
    }

    /** What the learner keeps between two steps. */
    private static final class Kept {
        final double[] weights = new double[HstuParameters.count(MODEL)];
        final double[] first = new double[weights.length];
        final double[] second = new double[weights.length];
        final Map<Long, ItemRow> rows = new LinkedHashMap<>();
        final Map<Long, OptimizerState> optimizerStates = new HashMap<>();
        final List<CoOccurrenceRow> coOccurrences = new ArrayList<>();
        private final InMemoryStore store;

        Kept(InMemoryStore store) {
            this.store = store;
            fill(weights, "learner.weights");
            fill(first, "learner.first-moment");
            fill(second, "learner.second-moment");
            List<RowChange> all = new ArrayList<>();
            store.forEachRow(all::add);
            all.sort(Comparator.comparingLong(change -> change.row().ordinal()));
            all.forEach(change -> {
                rows.put(change.row().item(), change.row());
                optimizerStates.put(change.row().item(), change.optimizerState());
            });
            store.forEachCoOccurrence((int lane, CoOccurrenceRow row) -> coOccurrences.add(row));
        }

        private void fill(double[] to, String name) {
            int at = 0;
            for (int lane = 0; lane < LAYOUT.lanes(); lane++) {
                for (float value : Objects.requireNonNull(store.dense(lane, name))) {
                    to[at++] = value;
                }
            }
            assertThat(at).isEqualTo(to.length);
        }
    }

    private static double[] doubles(float[] values) {
        double[] result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = values[i];
        }
        return result;
    }

    @ParameterizedTest
    @CsvSource({"1000, 100", "1000, 0.05", "0, 100", "0, 0.05"})
    void aStepIsTheFloat64Step(int fullSoftmaxItems, float clip) {
        LearnerConfig config = config(fullSoftmaxItems, clip);
        InMemoryStore store = new InMemoryStore(LAYOUT);
        List<LogEvent> events;
        Kept before;
        TickOutcome outcome;
        try (Device device = CpuDevices.best();
                Learner learner = Learner.open(config, store, device)) {
            for (long tick = 0; tick < TICK; tick++) {
                learner.learn(tick, events(tick, USERS, 2, ITEMS), Map.of(0, offset));
            }
            learner.writeOwnState();
            before = new Kept(store);
            events = events(TICK, USERS / 2, 3, ITEMS);
            // A user who was never there, and an item that was not.
            events.add(TestLog.click(offset++, 500, 3, 3_000_000L * TICK + 2_100_000));
            events.add(TestLog.click(offset++, 500, 500, 3_000_000L * TICK + 2_200_000));
            assertThat(events.size()).isGreaterThan(8);
            TickReport earlier = learner.report();
            List<Sequence> sequences = sequences(store, events);
            outcome = learner.learn(TICK, events, Map.of(0, offset));
            assertThat(outcome.report().steps()).as("one step").isEqualTo(earlier.steps() + 1);
            learner.writeOwnState();
            check(config, before, new Kept(store), sequences, outcome);
        }
    }

    private static List<Sequence> sequences(InMemoryStore store, List<LogEvent> events) {
        Map<Long, Sequence> byUser = new LinkedHashMap<>();
        for (LogEvent event : events) {
            Sequence sequence = byUser.computeIfAbsent(event.user(), user -> {
                History history = store.history(user);
                List<Interaction> tokens = new ArrayList<>(history == null ? List.of() : history.interactions());
                return new Sequence(tokens, Math.max(0, tokens.size() - (MODEL.context() - 1)), tokens.size());
            });
            sequence.tokens()
                    .add(new Interaction(
                            event.item(), event.action(), event.eventTimeMillis(), event.value(), event.eventId()));
        }
        return new ArrayList<>(byUser.values());
    }

    /** Candidates of the step: all items, or the targets and what the sampler draws. */
    private static List<Candidate> candidates(
            LearnerConfig config, Map<Long, ItemRow> rows, List<Sequence> sequences, boolean all) {
        ItemDirectory directory = new ItemDirectory(MODEL);
        // A new item stands as if it had been sighted.
        rows.values().forEach(row -> directory.expect(directory.put(row)));
        NegativeSampler sampler = new NegativeSampler();
        sampler.prepare(directory, TICK);
        Set<Integer> chosen = new LinkedHashSet<>();
        int targets = 0;
        for (Sequence sequence : sequences) {
            for (int i = sequence.firstNew(); i < sequence.tokens().size(); i++) {
                chosen.add(directory.indexOf(sequence.tokens().get(i).item()));
                targets++;
            }
        }
        boolean full = rows.size() <= config.training().softmax().fullSoftmaxItems();
        int draws = full ? 0 : config.training().softmax().negatives();
        long key = CounterRandom.mix(CounterRandom.mix(MODEL.seed(), TICK), 0);
        for (int n = 0; n < draws; n++) {
            chosen.add(sampler.draw(key, n));
        }
        List<Candidate> candidates = new ArrayList<>();
        for (int at = 0; at < directory.size(); at++) {
            ItemRow row = Objects.requireNonNull(rows.get(directory.item(at)));
            if (all || full || chosen.contains(at)) {
                double expected = draws * sampler.probability(at) + targets * sampler.frequency(at);
                double ticks = TICK - row.lastTick();
                candidates.add(new Candidate(
                        row.item(),
                        Math.log(Math.max(1, row.frequency())) - ticks * Math.log(2) / MODEL.popularityHalfLifeTicks(),
                        Math.log(Math.max(1, row.recentFrequency()))
                                - ticks * Math.log(2) / MODEL.recentHalfLifeTicks(),
                        full ? 0 : Math.log(Math.min(1, expected))));
            }
        }
        return candidates;
    }

    private static void check(
            LearnerConfig config, Kept before, Kept after, List<Sequence> sequences, TickOutcome outcome) {
        Map<Long, ItemRow> rows = new LinkedHashMap<>(before.rows);
        after.rows.forEach((item, row) -> rows.computeIfAbsent(item, id -> {
            float[] embedding = new float[D];
            CounterRandom.fill(CounterRandom.mix(MODEL.seed(), id), embedding, 0, D, 0.02f);
            return new ItemRow(id, row.name(), row.ordinal(), 0, 0, TICK, embedding);
        }));
        assertThat(rows.size()).as("a new item").isEqualTo(before.rows.size() + 1);
        Map<Long, double[]> embeddings = new HashMap<>();
        rows.forEach((item, row) -> embeddings.put(item, doubles(row.embedding())));
        State state = new State(before.weights.clone(), embeddings);
        Reference64 reference =
                new Reference64(MODEL, sequences, candidates(config, rows, sequences, false), before.coOccurrences);
        double loss = reference.loss(state);
        assertThat(outcome.report().loss()).isCloseTo(loss, within(UNITS * ULP * 8 * Math.max(1, loss)));
        checkRanks(config, rows, before, sequences, state, outcome);

        Gradients exact = new Gradients(reference, state);
        Gradients rounded = new Gradients(reference, rounded(state));
        double norm = 0;
        for (double g : exact.dense) {
            norm += g * g;
        }
        norm = Math.sqrt(norm);
        assertThat(outcome.report().gradientNorm()).isCloseTo(norm, within(1e-5 * norm));
        double factor = Math.min(1, config.training().optimizer().gradientClip() / norm);
        assertThat(factor < 1)
                .as("clipped")
                .isEqualTo(config.training().optimizer().gradientClip() < 1);
        checkDense(
                reference,
                before,
                after,
                exact,
                rounded,
                factor,
                outcome.report().steps());
        checkRows(
                reference, rows, before, after, exact, rounded, outcome.report().steps());
    }

    /** All inputs moved by up to half a unit in the last place. */
    private static State rounded(State state) {
        SplittableRandom random = new SplittableRandom(5);
        Map<Long, double[]> rows = new HashMap<>();
        state.rows().forEach((item, row) -> rows.put(item, rounded(row, random)));
        return new State(rounded(state.weights(), random), rows);
    }

    private static double[] rounded(double[] values, SplittableRandom random) {
        double[] result = values.clone();
        for (int i = 0; i < result.length; i++) {
            result[i] *= 1 + (random.nextBoolean() ? ULP : -ULP);
        }
        return result;
    }

    /** All gradients of the loss. */
    private static final class Gradients {
        final double[] dense;
        final Map<Long, double[]> rows = new HashMap<>();

        Gradients(Reference64 reference, State state) {
            dense = reference.gradient(state, state.weights());
            state.rows().forEach((item, row) -> rows.put(item, reference.gradient(state, row)));
        }
    }

    private static double furthest(double[] a, double[] b, int from, int to) {
        double most = 0;
        for (int i = from; i < to; i++) {
            most = Math.max(most, Math.abs(a[i] - b[i]));
        }
        return most;
    }

    private static double largest(double[] a, int from, int to) {
        return furthest(a, new double[a.length], from, to);
    }

    private static void checkDense(
            Reference64 reference,
            Kept before,
            Kept after,
            Gradients exact,
            Gradients rounded,
            double factor,
            long step) {
        reference.tensors().forEach((name, range) -> {
            double scale = largest(exact.dense, range[0], range[1]);
            assertThat(scale).as("gradient of " + name).isPositive();
            double unit = Math.max(furthest(exact.dense, rounded.dense, range[0], range[1]), scale * 4 * ULP);
            for (int i = range[0]; i < range[1]; i++) {
                String what = name + "[" + (i - range[0]) + "]";
                double g = exact.dense[i] * factor;
                double slack = factor * (UNITS * unit + 1e-10);
                double firstMoment = 0.9 * before.first[i] + 0.1 * g;
                assertThat(after.first[i])
                        .as("first moment of " + what)
                        .isCloseTo(firstMoment, within(0.1 * slack + 4 * ULP * Math.abs(firstMoment)));
                double secondMoment = 0.98 * before.second[i] + 0.02 * g * g;
                assertThat(after.second[i])
                        .as("second moment of " + what)
                        .isCloseTo(
                                secondMoment,
                                within(0.02 * slack * (2 * Math.abs(g) + slack) + 4 * ULP * secondMoment));
                double rate = DENSE_RATE * Math.min(1, step / 100.0) * (name.equals("logit weights") ? 10 : 1);
                double moved = adam(before, i, g, rate, step);
                double bound = Math.max(
                        Math.abs(adam(before, i, g + slack, rate, step) - moved),
                        Math.abs(adam(before, i, g - slack, rate, step) - moved));
                assertThat(after.weights[i])
                        .as("weight " + what)
                        .isCloseTo(
                                before.weights[i] - moved,
                                within(bound + 2 * ULP * Math.abs(before.weights[i]) + 32 * ULP * Math.abs(moved)));
            }
        });
    }

    /** What AdamW (Kingma and Ba, 2015; no decay here) takes off a weight. */
    private static double adam(Kept before, int i, double g, double rate, long step) {
        double first = (0.9 * before.first[i] + 0.1 * g) / (1 - Math.pow(0.9, step));
        double second = (0.98 * before.second[i] + 0.02 * g * g) / (1 - Math.pow(0.98, step));
        return rate * first / (Math.sqrt(second) + 1e-8);
    }

    private static void checkRows(
            Reference64 reference,
            Map<Long, ItemRow> rows,
            Kept before,
            Kept after,
            Gradients exact,
            Gradients rounded,
            long step) {
        double unit = 0;
        double scale = 0;
        for (long item : rows.keySet()) {
            double[] g = Objects.requireNonNull(exact.rows.get(item));
            unit = Math.max(unit, furthest(g, Objects.requireNonNull(rounded.rows.get(item)), 0, D));
            scale = Math.max(scale, largest(g, 0, D));
        }
        double slack = UNITS * Math.max(unit, 4 * ULP * scale) + 1e-10;
        int moved = 0;
        for (Map.Entry<Long, ItemRow> entry : rows.entrySet()) {
            double[] g = Objects.requireNonNull(exact.rows.get(entry.getKey()));
            double[] old = doubles(entry.getValue().embedding());
            ItemRow row = Objects.requireNonNull(after.rows.get(entry.getKey()));
            OptimizerState optimizerState =
                    before.optimizerStates.getOrDefault(entry.getKey(), new OptimizerState(0, 0));
            OptimizerState now = Objects.requireNonNull(after.optimizerStates.get(entry.getKey()));
            if (largest(g, 0, D) == 0) {
                assertThat(row.embedding())
                        .as("untouched")
                        .isEqualTo(entry.getValue().embedding());
                assertThat(now).isEqualTo(optimizerState);
                continue;
            }
            moved++;
            double squares = Arrays.stream(g).map(x -> x * x).sum();
            double v =
                    optimizerState.secondMoment() * Math.pow(ROW_DECAY, step - optimizerState.lastStep()) + squares / D;
            double factor = ROW_RATE / (Math.sqrt(v) + 1e-8);
            double dv = 2 * slack * Math.sqrt(squares / D) + slack * slack;
            assertThat((double) now.secondMoment()).isCloseTo(v, within(dv + 4 * ULP * v));
            assertThat(now.lastStep()).isEqualTo(step);
            for (int k = 0; k < D; k++) {
                double bound = factor * (slack + Math.abs(g[k]) * dv / v) + 8 * ULP * (Math.abs(old[k]) + ROW_RATE);
                assertThat((double) row.embedding()[k])
                        .as("row " + row.name() + "[" + k + "]")
                        .isCloseTo(old[k] - factor * g[k], within(bound));
            }
        }
        assertThat(moved)
                .as("rows that moved")
                .isGreaterThanOrEqualTo(reference.items().size());
    }

    /** Ranks among all items that were there, up to scores that float32 cannot tell apart. */
    private static void checkRanks(
            LearnerConfig config,
            Map<Long, ItemRow> rows,
            Kept before,
            List<Sequence> sequences,
            State state,
            TickOutcome outcome) {
        Reference64 all =
                new Reference64(MODEL, sequences, candidates(config, rows, sequences, true), before.coOccurrences);
        List<Long> items = all.items();
        Map<Long, Integer> ranks = new HashMap<>();
        outcome.ranked().forEach(event -> ranks.put(event.eventId(), event.rank()));
        for (Sequence sequence : sequences) {
            for (int end = sequence.firstNew(); end < sequence.tokens().size(); end++) {
                double[] scores = all.scores(sequence, end, state);
                int target = items.indexOf(sequence.tokens().get(end).item());
                int rank = Objects.requireNonNull(
                        ranks.get(sequence.tokens().get(end).eventId()));
                if (!before.rows.containsKey(items.get(target))) {
                    assertThat(rank).as("nobody could have shown it").isEqualTo(-1);
                    continue;
                }
                int surely = 0;
                int perhaps = 0;
                for (int v = 0; v < scores.length; v++) {
                    if (v != target && before.rows.containsKey(items.get(v))) {
                        surely += scores[v] > scores[target] + 1e-4 ? 1 : 0;
                        perhaps += scores[v] > scores[target] - 1e-4 ? 1 : 0;
                    }
                }
                assertThat(rank).isBetween(surely, perhaps);
            }
        }
    }
}
