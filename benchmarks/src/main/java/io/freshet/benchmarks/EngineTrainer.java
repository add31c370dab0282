package io.freshet.benchmarks;

import io.freshet.evaluate.TrainingValues;
import io.freshet.evaluate.epochs.EpochTrainer;
import io.freshet.evaluate.epochs.Split;
import io.freshet.evaluate.epochs.UserSequences;
import io.freshet.kernel.Device;
import io.freshet.kernel.Dropout;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Precision;
import io.freshet.kernel.cpu.CpuDevices;
import io.freshet.model.SequenceBatch;
import io.freshet.model.SequenceEncoder;
import io.freshet.model.hstu.Hstu;
import io.freshet.store.Interaction;
import java.util.List;

/** The engine's own training, on the CPU device of a precision. */
public final class EngineTrainer implements SequenceTrainer {
    private final Device device;
    private final EpochTrainer trainer;
    private final Hstu architecture;
    private final List<Interaction> first;
    private final Floats rows;
    private final SequenceEncoder encoder;
    private final SequenceBatch batch;
    private int epoch;

    /** Readies the engine for a workload, on so many threads. */
    public EngineTrainer(TrainingWorkload workload, int threads, Precision precision) {
        device = CpuDevices.of(precision);
        architecture = workload.architecture();
        UserSequences data = workload.data();
        int[] trained = data.sequences().stream().mapToInt(List::size).toArray();
        Split split = new Split(data, trained, List.of(), List.of());
        trainer = new EpochTrainer(architecture, workload.training(threads), split, device);
        first = data.sequences().get(0);
        TrainingValues.Weights initial = trainer.weights();
        rows = on(initial.rows());
        encoder = architecture.open(
                device, on(initial.dense()), device.floats(architecture.parameters()), workload.length() + 1);
        batch = architecture.newBatch(1);
    }

    private Floats on(float[] values) {
        Floats block = device.floats(values.length);
        block.upload(values, 0, 0, values.length);
        return block;
    }

    /** Initial weights, for a peer that is to start from the same. */
    public TrainingValues.Weights weights() {
        return trainer.weights();
    }

    @Override
    public String name() {
        return "freshet (" + device.name() + ")";
    }

    @Override
    public double step() {
        return trainer.epoch(++epoch);
    }

    @Override
    public float encode() {
        int n = first.size() - 1;
        batch.clear();
        int last = n - (architecture.beginToken() ? 0 : 1);
        batch.add(first.subList(0, n), first.get(n).eventTimeMillis(), row -> row == last, token -> (int) token.item());
        float[] query = new float[architecture.width()];
        encoder.forward(batch, rows, Dropout.NONE).download(0, query, 0, query.length);
        return query[0];
    }

    @Override
    public void close() {
        trainer.close();
        device.close();
    }
}
