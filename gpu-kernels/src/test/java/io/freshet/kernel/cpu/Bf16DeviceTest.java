package io.freshet.kernel.cpu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.freshet.kernel.Device;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/**
 * The contract in bf16. Inputs are bf16 numbers, so the products of a linear layer are held to the tolerance of
 * float32; the weights of a softmax are rounded on the way.
 */
class Bf16DeviceTest extends KernelContractTest {
    private Device opened;

    /** Skips, with the reason, where the device cannot be had. */
    @BeforeAll
    static void requireUsable() {
        Optional<String> reason = CpuDevices.bf16().unusable();
        assumeTrue(reason.isEmpty(), "no bf16 here: " + reason.orElse(""));
    }

    @Override
    Device open() {
        opened = CpuDevices.bf16().open();
        return opened;
    }

    @AfterEach
    void close() {
        opened.close();
    }

    @Override
    float value(double x) {
        return Bf16Numbers.nearest((float) x);
    }

    /** Two roundings in a product of up to nine terms, gradients up to a half, a temperature of a third. */
    @Override
    double rounding() {
        return 9 * 0.5 * 3 / 256;
    }
}
