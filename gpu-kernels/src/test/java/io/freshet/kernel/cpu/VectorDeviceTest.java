package io.freshet.kernel.cpu;

import io.freshet.kernel.Device;

/** Opening fails where the vector module is absent, so a silent fallback cannot pass here. */
class VectorDeviceTest extends KernelContractTest {
    @Override
    Device open() {
        return CpuDevices.vector().open();
    }
}
