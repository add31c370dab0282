package io.freshet.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.ScoringTable;
import io.freshet.kernel.SoftmaxPartial;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.SparseTerms;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A loss and ranks that are computed shard by shard are those of the whole, wherever the cuts are. */
class ShardedSoftmaxTest {
    private static final int D = 16;
    private static final int ROWS = 37;
    private static final float SCALE = 3f;
    private static final float GRADIENT = 0.5f;

    private final SplittableRandom random = new SplittableRandom(4);

    /** Terms of all rows as triples, by row then column. */
    private record Term(int row, int column, float value) {}

    private float[] values(int count) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) (random.nextDouble() * 2 - 1);
        }
        return x;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shardsAddUpToTheWhole(boolean vector) {
        Device device = (vector ? CpuDevices.vector() : CpuDevices.scalar()).open();
        for (int[] cuts : new int[][] {{0, 207}, {0, 100, 207}, {0, 0, 1, 33, 207, 207}}) {
            check(device, cuts);
        }
    }

    private void check(Device device, int[] cuts) {
        int c = cuts[cuts.length - 1];
        float[] y = values(ROWS * D);
        float[] e = values(c * D);
        float[] training = values(c);
        training[3] = Float.NEGATIVE_INFINITY;
        float[] own = values(c);
        int[] targets = random.ints(ROWS, 0, c).toArray();
        List<Term> terms = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            int[] columns = {targets[row], targets[row], random.nextInt(c)};
            Arrays.sort(columns);
            for (int column : columns) {
                terms.add(new Term(row, column, values(1)[0]));
            }
        }
        Whole whole = whole(device, new Inputs(y, e, training, own, targets, terms));
        Whole parts = sharded(device, new Inputs(y, e, training, own, targets, terms), cuts);
        close(parts.loss, whole.loss);
        close(parts.dY, whole.dY);
        close(parts.dE, whole.dE);
        close(parts.dBias, whole.dBias);
        close(parts.dTerms, whole.dTerms);
        assertThat(parts.ranks).containsExactly(whole.ranks);
    }

    private record Inputs(float[] y, float[] e, float[] training, float[] own, int[] targets, List<Term> terms) {}

    private record Whole(float[] loss, float[] dY, float[] dE, float[] dBias, float[] dTerms, int[] ranks) {}

    private static void close(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).as("value %d", i).isCloseTo(expected[i], within(2e-5f));
        }
    }

    private static SparseTerms sparse(Device device, List<Term> terms, int from, int to) {
        int[] starts = new int[ROWS + 1];
        List<Term> mine =
                terms.stream().filter(t -> t.column >= from && t.column < to).toList();
        mine.forEach(term -> starts[term.row + 1]++);
        for (int row = 0; row < ROWS; row++) {
            starts[row + 1] += starts[row];
        }
        float[] values = new float[mine.size() + 1];
        for (int i = 0; i < mine.size(); i++) {
            values[i] = mine.get(i).value;
        }
        int[] columns = mine.stream().mapToInt(term -> term.column - from).toArray();
        return new SparseTerms(
                ints(device, starts), ints(device, Arrays.copyOf(columns, columns.length + 1)), floats(device, values));
    }

    private static Floats floats(Device device, float[] x) {
        Floats block = device.floats(x.length);
        block.upload(x, 0, 0, x.length);
        return block;
    }

    private static Ints ints(Device device, int[] x) {
        Ints block = device.ints(x.length);
        block.upload(x, 0, 0, x.length);
        return block;
    }

    private static float[] host(Floats block, int count) {
        float[] x = new float[count];
        block.download(0, x, 0, count);
        return x;
    }

    private static int[] host(Ints block, int count) {
        int[] x = new int[count];
        block.download(0, x, 0, count);
        return x;
    }

    private static ScoringTable scoringTable(Device device, Inputs in, int from, int to) {
        float[] scale = new float[to - from];
        Arrays.fill(scale, SCALE);
        return new ScoringTable(
                to - from,
                D,
                floats(device, Arrays.copyOfRange(in.e, from * D, to * D)),
                floats(device, scale),
                floats(device, Arrays.copyOfRange(in.training, from, to)));
    }

    private static Whole whole(Device device, Inputs in) {
        Kernels kernels = device.openKernels();
        int c = in.training.length;
        SparseTerms terms = sparse(device, in.terms, 0, c);
        Floats y = floats(device, in.y);
        Ints targets = ints(device, in.targets);
        Floats loss = device.floats(ROWS);
        Floats dY = device.floats(ROWS * D);
        Floats dE = device.floats(c * D);
        Floats dBias = device.floats(c);
        Floats dTerms = device.floats(in.terms.size());
        kernels.softmax(
                new SoftmaxShape(ROWS, c, D, SCALE, GRADIENT),
                y,
                floats(device, in.e),
                new Kernels.SoftmaxBias(floats(device, in.training), floats(device, in.own), terms),
                targets,
                new Kernels.SoftmaxOutput(loss, dY, dE, dBias, dTerms));
        Ints ranks = device.ints(ROWS);
        Floats own = device.floats(ROWS);
        kernels.targetScores(ROWS, scoringTable(device, in, 0, c), y, terms, targets, own);
        kernels.countAbove(ROWS, scoringTable(device, in, 0, c), y, terms, own, targets, ranks);
        return new Whole(
                host(loss, ROWS),
                host(dY, ROWS * D),
                host(dE, c * D),
                host(dBias, c),
                host(dTerms, in.terms.size()),
                host(ranks, ROWS));
    }

    private static Whole sharded(Device device, Inputs in, int[] cuts) {
        Kernels kernels = device.openKernels();
        int shards = cuts.length - 1;
        Floats y = floats(device, in.y);
        List<SoftmaxPartial> partials = new ArrayList<>();
        List<SoftmaxShape> shapes = new ArrayList<>();
        List<Floats> rows = new ArrayList<>();
        List<Ints> targets = new ArrayList<>();
        List<SparseTerms> terms = new ArrayList<>();
        float[] marks = new float[ROWS];
        float[] loss = new float[ROWS];
        double[] max = new double[ROWS];
        double[] sum = new double[ROWS];
        Arrays.fill(max, Double.NEGATIVE_INFINITY);
        for (int s = 0; s < shards; s++) {
            int from = cuts[s];
            int to = cuts[s + 1];
            int c = to - from;
            shapes.add(new SoftmaxShape(ROWS, c, D, SCALE, GRADIENT));
            rows.add(floats(device, Arrays.copyOfRange(in.e, from * D, to * D)));
            targets.add(ints(
                    device,
                    Arrays.stream(in.targets)
                            .map(t -> t >= from && t < to ? t - from : -1)
                            .toArray()));
            terms.add(sparse(device, in.terms, from, to));
            int stride = SoftmaxPartial.stride(c);
            partials.add(new SoftmaxPartial(
                    device.floats(ROWS * stride),
                    stride,
                    device.floats(ROWS),
                    device.floats(ROWS),
                    device.floats(ROWS)));
            kernels.softmaxPartial(
                    shapes.get(s),
                    y,
                    rows.get(s),
                    new Kernels.SoftmaxBias(
                            floats(device, Arrays.copyOfRange(in.training, from, to)),
                            floats(device, Arrays.copyOfRange(in.own, from, to)),
                            terms.get(s)),
                    targets.get(s),
                    partials.get(s));
            float[] most = host(partials.get(s).max(), ROWS);
            Floats scores = device.floats(ROWS);
            kernels.targetScores(ROWS, scoringTable(device, in, from, to), y, terms.get(s), targets.get(s), scores);
            float[] own = host(scores, ROWS);
            float[] logits = host(partials.get(s).target(), ROWS);
            for (int i = 0; i < ROWS; i++) {
                max[i] = Math.max(max[i], most[i]);
                boolean here = in.targets[i] >= from && in.targets[i] < to;
                marks[i] = here ? own[i] : marks[i];
                loss[i] = here ? -logits[i] : loss[i];
            }
        }
        for (SoftmaxPartial partial : partials) {
            float[] most = host(partial.max(), ROWS);
            float[] part = host(partial.sum(), ROWS);
            for (int i = 0; i < ROWS; i++) {
                sum[i] += part[i] * Math.exp(most[i] - max[i]);
            }
        }
        float[] dY = new float[ROWS * D];
        float[] dE = new float[in.e.length];
        float[] dBias = new float[in.training.length];
        float[] dTerms = new float[in.terms.size()];
        int[] ranks = new int[ROWS];
        for (int s = 0; s < shards; s++) {
            int from = cuts[s];
            int c = cuts[s + 1] - from;
            float[] most = host(partials.get(s).max(), ROWS);
            float[] factors = new float[ROWS];
            for (int i = 0; i < ROWS; i++) {
                factors[i] = (float) (GRADIENT * Math.exp(most[i] - max[i]) / sum[i]);
            }
            Floats partY = device.floats(ROWS * D);
            Floats partE = device.floats(c * D);
            Floats partBias = device.floats(c);
            Floats partTerms = device.floats(in.terms.size() + 1);
            kernels.softmaxPartialBackward(
                    shapes.get(s),
                    y,
                    rows.get(s),
                    targets.get(s),
                    new Kernels.SoftmaxPartialGrad(
                            partials.get(s), terms.get(s), floats(device, factors), partY, partE, partBias, partTerms));
            float[] add = host(partY, ROWS * D);
            for (int i = 0; i < add.length; i++) {
                dY[i] += add[i];
            }
            System.arraycopy(host(partE, c * D), 0, dE, from * D, c * D);
            System.arraycopy(host(partBias, c), 0, dBias, from, c);
            int next = 0;
            float[] mine = host(partTerms, in.terms.size());
            for (int i = 0; i < dTerms.length; i++) {
                int column = in.terms.get(i).column;
                if (column >= from && column < from + c) {
                    dTerms[i] = mine[next++];
                }
            }
            Ints counts = device.ints(ROWS);
            int[] before = Arrays.stream(in.targets)
                    .map(t -> Math.min(Math.max(t - from, 0), c))
                    .toArray();
            kernels.countAbove(
                    ROWS,
                    scoringTable(device, in, from, from + c),
                    y,
                    terms.get(s),
                    floats(device, marks),
                    ints(device, before),
                    counts);
            int[] counted = host(counts, ROWS);
            for (int i = 0; i < ROWS; i++) {
                ranks[i] += counted[i];
                loss[i] += s == 0 ? (float) (Math.log(sum[i]) + max[i]) : 0f;
            }
        }
        return new Whole(loss, dY, dE, dBias, dTerms, ranks);
    }
}
