package io.freshet.kernel.cpu;

import io.freshet.kernel.Device;
import io.freshet.kernel.KernelProvider;
import io.freshet.kernel.Precision;
import io.freshet.kernel.cpu.bf16.Bf16Provider;
import io.freshet.kernel.cpu.scalar.ScalarKernels;
import io.freshet.kernel.cpu.vector.VectorKernels;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The providers of CPU devices. */
public final class CpuDevices {
    private static final Logger LOG = LoggerFactory.getLogger(CpuDevices.class);

    private CpuDevices() {}

    /** Plain Java: the specification, and the fallback where the vector module is absent. */
    public static KernelProvider scalar() {
        return new Provider("cpu-scalar", Optional.empty());
    }

    /** The JDK's Vector API; needs {@code --add-modules jdk.incubator.vector}. */
    public static KernelProvider vector() {
        boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        return new Provider(
                "cpu-vector",
                present
                        ? Optional.empty()
                        : Optional.of("the module jdk.incubator.vector is not loaded;"
                                + " start Java with --add-modules jdk.incubator.vector"));
    }

    /** The vector device with matrix products in bf16, by oneDNN: needs that library and a processor with bf16. */
    public static KernelProvider bf16() {
        return new Bf16Provider(vector());
    }

    /**
     * Opens the device for a precision: {@link #best} for float32.
     *
     * @throws IllegalStateException with the reason, if bf16 is asked for and cannot be had here: whoever asks for it
     *     does not get other bits instead
     */
    public static Device of(Precision precision) {
        return precision == Precision.BF16 ? bf16().open() : best();
    }

    /** Opens the vector device, or the scalar one where that cannot be, and says so once in a process. */
    public static Device best() {
        KernelProvider vector = vector();
        return vector.unusable().isEmpty() ? vector.open() : Fallback.PROVIDER.open();
    }

    /** The provider that stands in for vectors; initialising this class says why, and happens once in a process. */
    private static final class Fallback {
        static final KernelProvider PROVIDER = chosen();

        private static KernelProvider chosen() {
            LOG.warn(
                    "computing without vectors, many times slower: {}",
                    vector().unusable().orElse(""));
            return scalar();
        }
    }

    private record Provider(String name, Optional<String> unusable) implements KernelProvider {
        @Override
        public Device open() {
            unusable.ifPresent(reason -> {
                throw new IllegalStateException(name + " cannot be opened: " + reason);
            });
            String os = System.getProperty("os.arch");
            if (name.equals("cpu-scalar")) {
                return new CpuDevice(name, "cpu-scalar/f32/" + os + "/4", ScalarKernels::new);
            }
            return new CpuDevice(
                    name, "cpu-vector/f32/" + os + "/lanes-" + VectorKernels.lanes() + "/4", VectorKernels::new);
        }
    }
}
