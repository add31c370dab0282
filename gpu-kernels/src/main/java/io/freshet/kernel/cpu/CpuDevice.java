package io.freshet.kernel.cpu;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.PeerKernels;
import io.freshet.kernel.QuantizedRows;
import io.freshet.kernel.cpu.host.HostFloats;
import io.freshet.kernel.cpu.host.HostInts;
import io.freshet.kernel.cpu.host.HostQuantizedRows;
import java.util.function.Supplier;

/** The heap as device memory, and a choice of arithmetic on it. */
final class CpuDevice implements Device {
    private final String name;
    private final String arithmetic;
    private final Supplier<PeerKernels> kernels;

    CpuDevice(String name, String arithmetic, Supplier<PeerKernels> kernels) {
        this.name = name;
        this.arithmetic = arithmetic;
        this.kernels = kernels;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String arithmetic() {
        return arithmetic;
    }

    @Override
    public Floats floats(int length) {
        return new HostFloats(new float[length], 0, length);
    }

    @Override
    public Ints ints(int length) {
        return new HostInts(length);
    }

    @Override
    public QuantizedRows quantizedRows(int width) {
        return new HostQuantizedRows(width);
    }

    @Override
    public Kernels openKernels() {
        return kernels.get();
    }

    @Override
    public PeerKernels openPeerKernels() {
        return kernels.get();
    }

    @Override
    public void close() {
        // Heap memory: the collector takes it back.
    }
}
