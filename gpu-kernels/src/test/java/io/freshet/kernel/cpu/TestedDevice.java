package io.freshet.kernel.cpu;

import io.freshet.kernel.Device;
import io.freshet.kernel.KernelProvider;
import io.freshet.kernel.cpu.bf16.Bf16Numbers;

/** A device under test, and what its precision means for inputs and tolerances. */
enum TestedDevice {
    /** Plain Java. */
    SCALAR(CpuDevices.scalar(), 0),
    /** Opening fails where the vector module is absent, so a silent fallback cannot pass. */
    VECTOR(CpuDevices.vector(), 0),
    /** Skipped where it is missing, or failed if {@link DeviceDemand} says so. */
    BF16(CpuDevices.bf16(), 1.0 / 256);

    private final KernelProvider provider;
    private final double rounding;

    TestedDevice(KernelProvider provider, double rounding) {
        this.provider = provider;
        this.rounding = rounding;
    }

    Device open() {
        if (this == BF16) {
            DeviceDemand.ofThisRun().require(DeviceDemand.BF16, provider.unusable());
        }
        return provider.open();
    }

    /** An input: a number that the device's products take as it is. */
    float value(double x) {
        return this == BF16 ? Bf16Numbers.nearest((float) x) : (float) x;
    }

    /** How far, at most, one rounding moves an operand of a product that the device itself makes; relative. */
    double rounding() {
        return rounding;
    }
}
