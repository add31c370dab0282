package io.freshet.kernel.cpu.bf16;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.PeerKernels;
import io.freshet.kernel.QuantizedRows;
import java.util.ArrayList;
import java.util.List;

/** The heap as device memory, products in bf16 by oneDNN; owns the native memory of all kernels opened from it. */
final class Bf16Device implements Device {
    private final Device heap;
    private final String arithmetic;
    private final OneDnn library = new OneDnn();
    private final List<Bf16Kernels> opened = new ArrayList<>();
    private boolean closed;

    /**
     * A device whose float32 part is another's.
     *
     * @param heap the vector device: memory, and the identity of what is not bf16
     */
    Bf16Device(Device heap) {
        this.heap = heap;
        arithmetic = Bf16Provider.NAME + "/bf16/" + OneDnn.identity() + "/1+" + heap.arithmetic();
    }

    @Override
    public String name() {
        return Bf16Provider.NAME;
    }

    @Override
    public String arithmetic() {
        return arithmetic;
    }

    @Override
    public Floats floats(int length) {
        return heap.floats(length);
    }

    @Override
    public Ints ints(int length) {
        return heap.ints(length);
    }

    @Override
    public QuantizedRows quantizedRows(int width) {
        return heap.quantizedRows(width);
    }

    @Override
    public Kernels openKernels() {
        return openPeerKernels();
    }

    @Override
    public synchronized PeerKernels openPeerKernels() {
        if (closed) {
            throw new IllegalStateException("the bf16 device was closed");
        }
        Bf16Kernels kernels = new Bf16Kernels(library);
        opened.add(kernels);
        return kernels;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            opened.forEach(Bf16Kernels::close);
            opened.clear();
            library.close();
            heap.close();
        }
    }
}
