package io.freshet.kernel.cpu;

import io.freshet.kernel.Device;

class ScalarDeviceTest extends KernelContractTest {
    @Override
    Device open() {
        return CpuDevices.scalar().open();
    }
}
