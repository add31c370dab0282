package io.freshet.benchmarks.libtorch;

import java.util.Arrays;
import io.freshet.benchmarks.TrainingWorkload;
import io.freshet.model.ModelConfig;
import io.freshet.model.TimeBuckets;
import io.freshet.model.TokenTable;
import io.freshet.store.Interaction;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** A workload's batch as index tensors, made once. */
final class PeerIndices {
    private static final long HOUR_MILLIS = 3_600_000L;

    /**
     * Inputs of some sequences.
     *
     * @param items item of every row, {@code [B n]}
     * @param itemFactors {@code sqrt(D)}, or 0 for a begin token, {@code [B n, 1]}
     * @param tokens action or place, {@code [B n]}
     * @param hours hour of the week, or null
     * @param buckets time bucket of every pair, {@code [B n n]}
     */
    record Batch(
            Tensor items,
            Tensor itemFactors,
            Tensor tokens,
            @Nullable Tensor hours,
            Tensor buckets) {}

    private final TrainingWorkload workload;
    private final ModelConfig config;
    private final int rows;
    private final Batch all;
    private final Batch first;
    private final long[] hostTargets;
    private final Tensor targets;
    private final Tensor distances;
    private final Tensor mask;
    private final Tensor rowScales;
    private final Tensor notFirst;

    PeerIndices(TrainingWorkload workload) {
        this.workload = workload;
        config = workload.model();
        rows = workload.length() + (config.beginToken() ? 1 : 0);
        List<List<Interaction>> sequences = workload.data().sequences();
        all = batch(sequences);
        first = batch(sequences.subList(0, 1));
        hostTargets = new long[workload.positions()];
        int at = 0;
        for (List<Interaction> sequence : sequences) {
            for (int i = config.beginToken() ? 0 : 1; i < sequence.size(); i++) {
                hostTargets[at++] = sequence.get(i).item();
            }
        }
        targets = longs(hostTargets, hostTargets.length);
        long[] distance = new long[rows * rows];
        float[] hidden = new float[rows * rows];
        float[] scale = new float[rows];
        for (int i = 0; i < rows; i++) {
            scale[i] = config.beginToken() ? 1f / (i + 1) : 1f / (config.window() + 11);
            for (int j = 0; j < rows; j++) {
                distance[i * rows + j] = Math.max(0, i - j);
                hidden[i * rows + j] = j <= i ? 0 : -1e4f;
            }
        }
        distances = longs(distance, distance.length);
        mask = floats(hidden, 1, 1, rows, rows);
        rowScales = floats(scale, 1, rows, 1);
        long[] behind = new long[1 + workload.negatives()];
        Arrays.fill(behind, 1, behind.length, 1);
        notFirst = longs(behind, 1, behind.length).to(ScalarType.Bool);
    }

    private Batch batch(List<List<Interaction>> sequences) {
        int count = sequences.size() * rows;
        long[] items = new long[count];
        float[] factors = new float[count];
        long[] tokens = new long[count];
        long[] hours = new long[count];
        long[] buckets = new long[count * rows];
        TimeBuckets bucketOf = new TimeBuckets(config.timeBuckets());
        boolean begin = config.beginToken();
        int at = 0;
        for (List<Interaction> sequence : sequences) {
            long[] times = new long[rows + 1];
            for (int i = 0; i < rows; i++) {
                Interaction token = sequence.get(Math.max(0, begin ? i - 1 : i));
                boolean isBegin = begin && i == 0;
                times[i] = token.eventTimeMillis();
                items[at + i] = token.item();
                factors[at + i] = isBegin ? 0 : (float) Math.sqrt(config.width());
                tokens[at + i] = isBegin ? TokenTable.BEGIN : begin ? token.action() : rows - 1 - i;
            }
            times[rows] = sequence.get(sequence.size() - 1).eventTimeMillis();
            for (int i = 0; i < rows; i++) {
                hours[at + i] = TokenTable.ACTIONS
                        + Math.floorMod(Math.floorDiv(times[i + 1], HOUR_MILLIS), (long) TokenTable.HOURS);
                for (int j = 0; j <= i; j++) {
                    buckets[(at + i) * rows + j] = bucketOf.of(times[i + 1] - times[j]);
                }
            }
            at += rows;
        }
        return new Batch(
                longs(items, count),
                floats(factors, count, 1),
                longs(tokens, count),
                begin ? longs(hours, count) : null,
                longs(buckets, buckets.length));
    }

    static Tensor longs(long[] values, long... shape) {
        return torch.from_blob(new LongPointer(values), shape, new TensorOptions(ScalarType.Long))
                .clone();
    }

    private static Tensor floats(float[] values, long... shape) {
        return torch.from_blob(new FloatPointer(values), shape, new TensorOptions(ScalarType.Float))
                .clone();
    }

    int rows() {
        return rows;
    }

    long tokenRows() {
        return config.beginToken() ? TokenTable.ACTIONS + TokenTable.HOURS : config.window();
    }

    Batch all() {
        return all;
    }

    Batch first() {
        return first;
    }

    Tensor targets() {
        return targets;
    }

    long target(int position) {
        return hostTargets[position];
    }

    Tensor distances() {
        return distances;
    }

    Tensor mask() {
        return mask;
    }

    Tensor rowScales() {
        return rowScales;
    }

    Tensor notFirst() {
        return notFirst;
    }
}
