package io.freshet.kernel;

/**
 * A device: the owner of memory and of the kernels that work on it.
 *
 * <p>Closing a device releases all memory that was allocated from it.
 */
public interface Device extends AutoCloseable {
    /** Short name for people and metrics: {@code cpu-vector}, {@code cpu-scalar}. */
    String name();

    /**
     * The arithmetic's identity: device, instruction set, precision, library versions. Two runs have the same bits only
     * under the same identity, so every snapshot records it.
     */
    String arithmetic();

    /** Allocates zeroed float32 values, {@code [length]}. */
    Floats floats(int length);

    /** Allocates zeroed int32 values, {@code [length]}. */
    Ints ints(int length);

    /** Room for rows in int8, {@code [V, width]}; it grows as rows are put. */
    QuantizedRows quantizedRows(int width);

    /**
     * Opens a set of operators with scratch memory of its own. One set belongs to one thread at a time (a lane);
     * different sets of one device may run at the same time.
     */
    Kernels openKernels();

    /**
     * Opens a set of operators that has those of the engine's peers too.
     *
     * @throws UnsupportedOperationException if the device has none
     */
    default PeerKernels openPeerKernels() {
        throw new UnsupportedOperationException(
                name() + " has no operators of peers; SASRec and scans in float32 run on cpu-vector or cpu-scalar");
    }

    @Override
    void close();
}
