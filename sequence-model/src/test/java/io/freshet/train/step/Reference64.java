package io.freshet.train.step;

import io.freshet.model.ModelConfig;
import io.freshet.store.CoOccurrenceRow;
import io.freshet.store.Interaction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The loss of one learner step in float64, from the equations (arXiv 2402.17152, section 3, and docs/architecture.md),
 * with nothing of the product's kernels, model or losses in it. Gradients are its central differences.
 */
final class Reference64 {
    private static final int ACTIONS = 33;
    private static final int HOURS = 168;
    private static final int BEGIN = 32;
    private static final int LAGS = 7;
    static final int LOGIT_WEIGHTS = 2 + 2 * LAGS + 1;
    private static final double EPSILON = 1e-6;

    /**
     * One sequence.
     *
     * @param tokens all that is known of the user, oldest first
     * @param from first token that is read
     * @param firstNew first token that is predicted
     */
    record Sequence(List<Interaction> tokens, int from, int firstNew) {}

    /**
     * What a step is computed with.
     *
     * @param weights all dense weights
     * @param rows embeddings by item
     */
    record State(double[] weights, Map<Long, double[]> rows) {}

    /**
     * An item that the softmax chooses from.
     *
     * @param item id
     * @param logPopularity as of the tick
     * @param logRecent the same of its recent popularity
     * @param logExpected logarithm of how often it is expected among the candidates; 0 where all are
     */
    record Candidate(long item, double logPopularity, double logRecent, double logExpected) {}

    private final ModelConfig config;
    private final List<Sequence> sequences;
    private final List<Candidate> candidates;
    private final List<CoOccurrenceRow> coOccurrences;
    private final int d;
    private final int a;
    private final int logitWeightsAt;

    Reference64(
            ModelConfig config,
            List<Sequence> sequences,
            List<Candidate> candidates,
            List<CoOccurrenceRow> coOccurrences) {
        this.config = config;
        this.sequences = sequences;
        this.candidates = candidates;
        this.coOccurrences = coOccurrences;
        d = config.width();
        a = config.heads() * config.headDim();
        logitWeightsAt = (ACTIONS + HOURS) * d;
    }

    int logitWeightsAt() {
        return logitWeightsAt;
    }

    /** Tensors of the dense block by name, {from, to}. */
    Map<String, int[]> tensors() {
        Map<String, int[]> parts = new LinkedHashMap<>();
        int at = 0;
        at = part(parts, "actions", at, ACTIONS * d);
        at = part(parts, "hours", at, HOURS * d);
        at = part(parts, "logit weights", at, LOGIT_WEIGHTS);
        for (int l = 0; l < config.layers(); l++) {
            at = part(parts, l + ".norm", at, 2 * d);
            at = part(parts, l + ".projection", at, d * 4 * a);
            at = part(parts, l + ".projection bias", at, 4 * a);
            at = part(parts, l + ".position", at, config.heads() * config.window());
            at = part(parts, l + ".time", at, config.heads() * config.timeBuckets());
            at = part(parts, l + ".gate", at, 2 * a);
            at = part(parts, l + ".output", at, a * d);
            at = part(parts, l + ".output bias", at, d);
        }
        return parts;
    }

    private static int part(Map<String, int[]> parts, String name, int at, int length) {
        parts.put(name, new int[] {at, at + length});
        return at + length;
    }

    /** Mean loss of all predicted tokens. */
    double loss(State state) {
        double sum = 0;
        int count = 0;
        for (Sequence sequence : sequences) {
            double[][] x = encode(sequence, state);
            for (int row = sequence.firstNew - sequence.from; row < x.length; row++) {
                int end = sequence.from + row;
                double[] logits = logits(unit(x[row]), sequence.tokens, end, state);
                int target = target(sequence.tokens.get(end).item());
                for (int c = 0; c < logits.length; c++) {
                    // The target is always there, so its logit has nothing to be corrected for.
                    logits[c] -= c == target ? 0 : candidates.get(c).logExpected;
                }
                sum += crossEntropy(logits, target);
                count++;
            }
        }
        return sum / count;
    }

    /** Scores of all candidates for a token, without what corrects for the choice of candidates. */
    double[] scores(Sequence sequence, int end, State state) {
        double[][] x = encode(sequence, state);
        return logits(unit(x[end - sequence.from]), sequence.tokens, end, state);
    }

    private int target(long item) {
        for (int c = 0; c < candidates.size(); c++) {
            if (candidates.get(c).item == item) {
                return c;
            }
        }
        throw new AssertionError("the target is no candidate");
    }

    private static double crossEntropy(double[] logits, int target) {
        double most = Double.NEGATIVE_INFINITY;
        for (double logit : logits) {
            most = Math.max(most, logit);
        }
        double sum = 0;
        for (double logit : logits) {
            sum += Math.exp(logit - most);
        }
        return Math.log(sum) + most - logits[target];
    }

    private double[] logits(double[] y, List<Interaction> tokens, int end, State state) {
        double[] w = state.weights;
        double logitScale = Math.exp(w[logitWeightsAt + LOGIT_WEIGHTS - 1]) / config.temperature();
        double[] logits = new double[candidates.size()];
        for (int c = 0; c < logits.length; c++) {
            Candidate candidate = candidates.get(c);
            double[] e = unit(state.rows.get(candidate.item));
            double dot = 0;
            for (int i = 0; i < d; i++) {
                dot += y[i] * e[i];
            }
            logits[c] = logitScale * dot
                    + w[logitWeightsAt] * candidate.logPopularity
                    + w[logitWeightsAt + 1] * candidate.logRecent;
        }
        for (int lag = 1; lag <= LAGS && lag <= end; lag++) {
            long before = tokens.get(end - lag).item();
            for (CoOccurrenceRow row : coOccurrences) {
                for (int k = 0; row.item() == before && k < row.next().length; k++) {
                    add(logits, row.next()[k], w[logitWeightsAt + 1 + lag] * Math.log1p(row.counts()[k]));
                }
            }
            add(logits, before, w[logitWeightsAt + 1 + LAGS + lag]);
        }
        return logits;
    }

    private void add(double[] logits, long item, double value) {
        for (int c = 0; c < logits.length; c++) {
            logits[c] += candidates.get(c).item == item ? value : 0;
        }
    }

    private static double[] unit(double[] x) {
        double squares = 0;
        for (double value : x) {
            squares += value * value;
        }
        double norm = Math.max(Math.sqrt(squares), 1e-6);
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i] / norm;
        }
        return y;
    }

    /** Rows of a sequence behind the last layer: of the begin token, and of all tokens but the last. */
    private double[][] encode(Sequence sequence, State state) {
        List<Interaction> read = sequence.tokens.subList(sequence.from, sequence.tokens.size() - 1);
        int n = read.size() + 1;
        long[] times = new long[n + 1];
        times[n] = sequence.tokens.get(sequence.tokens.size() - 1).eventTimeMillis();
        times[0] = read.isEmpty() ? times[n] : read.get(0).eventTimeMillis();
        for (int i = 1; i < n; i++) {
            times[i] = read.get(i - 1).eventTimeMillis();
        }
        double[] w = state.weights;
        double[][] x = new double[n][d];
        for (int i = 0; i < n; i++) {
            int action = i == 0 ? BEGIN : read.get(i - 1).action();
            int hour = ACTIONS + (int) Math.floorMod(Math.floorDiv(times[i + 1], 3_600_000L), (long) HOURS);
            for (int k = 0; k < d; k++) {
                double item = i == 0 ? 0 : state.rows.get(read.get(i - 1).item())[k];
                x[i][k] = Math.sqrt(d) * item + w[action * d + k] + w[hour * d + k];
            }
        }
        int at = logitWeightsAt + LOGIT_WEIGHTS;
        int layer = 2 * d
                + d * 4 * a
                + 4 * a
                + config.heads() * (config.window() + config.timeBuckets())
                + 2 * a
                + a * d
                + d;
        for (int l = 0; l < config.layers(); l++) {
            x = layer(x, times, w, at + l * layer);
        }
        return x;
    }

    private double[][] layer(double[][] x, long[] times, double[] w, int start) {
        int n = x.length;
        int projection = start + 2 * d;
        int bias = projection + d * 4 * a;
        int position = bias + 4 * a;
        int time = position + config.heads() * config.window();
        int gate = time + config.heads() * config.timeBuckets();
        int output = gate + 2 * a;
        double[][] z = new double[n][];
        for (int i = 0; i < n; i++) {
            z[i] = linear(norm(x[i], w, start), w, projection, bias, 4 * a);
            for (int k = 0; k < 4 * a; k++) {
                z[i][k] = silu(z[i][k]);
            }
        }
        double[][] y = new double[n][];
        for (int i = 0; i < n; i++) {
            double[] o = new double[a];
            for (int h = 0; h < config.heads(); h++) {
                for (int j = 0; j <= i; j++) {
                    double score = 0;
                    for (int k = h * config.headDim(); k < (h + 1) * config.headDim(); k++) {
                        score += z[i][2 * a + k] * z[j][3 * a + k] / Math.sqrt(config.headDim());
                    }
                    score += w[position + h * config.window() + Math.min(i - j, config.window() - 1)];
                    score += w[time + h * config.timeBuckets() + bucket(times[i + 1] - times[j])];
                    for (int k = h * config.headDim(); k < (h + 1) * config.headDim(); k++) {
                        o[k] += silu(score) * z[j][a + k] / (i + 1);
                    }
                }
            }
            double[] g = norm(o, w, gate);
            for (int k = 0; k < a; k++) {
                g[k] *= z[i][k];
            }
            y[i] = linear(g, w, output, output + a * d, d);
            for (int k = 0; k < d; k++) {
                y[i][k] += x[i][k];
            }
        }
        return y;
    }

    private int bucket(long millis) {
        double seconds = Math.max(Math.abs(millis) / 1000.0, 1);
        return (int) Math.min(config.timeBuckets() - 1, Math.floor(Math.log(seconds) / 0.301));
    }

    private static double silu(double x) {
        return x / (1 + Math.exp(-x));
    }

    private static double[] linear(double[] x, double[] w, int matrix, int bias, int out) {
        double[] y = new double[out];
        for (int k = 0; k < out; k++) {
            y[k] = w[bias + k];
            for (int i = 0; i < x.length; i++) {
                y[k] += x[i] * w[matrix + i * out + k];
            }
        }
        return y;
    }

    private static double[] norm(double[] x, double[] w, int gamma) {
        double mean = 0;
        for (double value : x) {
            mean += value / x.length;
        }
        double variance = 0;
        for (double value : x) {
            variance += (value - mean) * (value - mean) / x.length;
        }
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = (x[i] - mean) / Math.sqrt(variance + EPSILON) * w[gamma + i] + w[gamma + x.length + i];
        }
        return y;
    }

    /**
     * Central differences of the loss by one array of the state, which is left as it was. Most rows of the tables are
     * not read: a run of values that does not move the loss at all has no gradient.
     */
    double[] gradient(State state, double[] by) {
        double[] gradient = new double[by.length];
        double[] values = by.clone();
        double here = loss(state);
        for (int from = 0; from < by.length; from += d) {
            int to = Math.min(by.length, from + d);
            for (int i = from; i < to; i++) {
                by[i] = values[i] + 0.25 + i % 7;
            }
            boolean read = loss(state) != here;
            System.arraycopy(values, from, by, from, to - from);
            for (int i = from; read && i < to; i++) {
                gradient[i] = slope(state, by, i);
            }
        }
        return gradient;
    }

    private double slope(State state, double[] by, int i) {
        double value = by[i];
        double step = 1e-5 * Math.max(1, Math.abs(value));
        by[i] = value + step;
        double above = loss(state);
        by[i] = value - step;
        double below = loss(state);
        by[i] = value;
        return (above - below) / (2 * step);
    }

    /** Items of the candidates. */
    List<Long> items() {
        List<Long> items = new ArrayList<>();
        candidates.forEach(candidate -> items.add(candidate.item));
        return items;
    }
}
