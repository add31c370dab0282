package io.freshet.benchmarks;

/** Somebody who trains a {@link TrainingWorkload}: the engine, or a peer. */
public interface SequenceTrainer extends AutoCloseable {
    /** Name for tables. */
    String name();

    /** One optimizer step over the workload's batch; gives the mean loss before it. */
    double step();

    /** Encodes the first sequence and gives the first value of its last query. */
    float encode();

    @Override
    void close();
}
